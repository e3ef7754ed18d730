export { ApplyGuardrail } from './apply-guardrail.ts';
export { Moderation } from './moderation.ts';
export { GuardrailWebhook } from './webhook.ts';
