/** A service that does nothing but look at signatures: `{}` to what is signed well, AWS's own error to the rest. */
import type { ReceivedRequest } from '../types.ts';
import { FakeService, type ServiceAnswer } from './service.ts';
import { SignatureVerifier, type VerifierOptions } from './signature.ts';

export class SignedService extends FakeService {
  /** ARNs of who asked, of good signatures only. */
  readonly callers: string[] = [];
  readonly #verifier: SignatureVerifier;

  private constructor(options: VerifierOptions) {
    super();
    this.#verifier = new SignatureVerifier(options);
  }

  static start(options: VerifierOptions): Promise<SignedService> {
    return new SignedService(options).listen();
  }

  protected answer(request: ReceivedRequest): ServiceAnswer {
    const verdict = this.#verifier.verify(request);
    if (verdict.kind === 'Valid') {
      this.callers.push(verdict.key.principal);
      return { status: 200, contentType: 'application/json', body: '{}' };
    }
    const { status, type, message } = verdict;
    const headers = { 'x-amzn-errortype': type };
    return { status, contentType: 'application/json', headers, body: JSON.stringify({ message }) };
  }
}
