/** The built-in catalog. Its text is cut into lines when a section is first asked for, and a card parsed when it is needed. */
import { PriceCard, type CardText } from './card.ts';
import { CARDS, MODELS } from './generated/snapshot.ts';

interface Line {
  readonly card: number;
  /** Per cent that hosts in one region cost more. */
  readonly uplift: number;
}

/** A model that the catalog knows. */
export interface CataloguedModel {
  /** Its name in the catalog. */
  readonly name: string;
  readonly card: PriceCard;
}

export class Catalog {
  readonly #cardsText: string;
  readonly #modelsText: string;
  readonly #sections = new Map<string, ReadonlyMap<string, Line>>();
  #cardTexts: readonly string[] | undefined;
  /** Parsed cards by line and uplift: many providers have the same models, and models share cards. */
  readonly #cards = new Map<string, PriceCard>();

  /** Without arguments: what this version came with. */
  constructor(cards = CARDS, models = MODELS) {
    this.#cardsText = cards;
    this.#modelsText = models;
  }

  /** The first of `names` that a section has. */
  find(section: string, names: readonly string[], regional: boolean): CataloguedModel | undefined {
    let lines = this.#sections.get(section);
    if (lines === undefined) {
      lines = this.#read(section);
      this.#sections.set(section, lines);
    }
    for (const name of names) {
      const line = lines.get(name);
      if (line !== undefined) return { name, card: this.#card(line, regional) };
    }
    return undefined;
  }

  #card({ card, uplift }: Line, regional: boolean): PriceCard {
    const added = regional ? uplift : 0;
    const key = `${card} ${added}`;
    let found = this.#cards.get(key);
    if (found === undefined) {
      this.#cardTexts ??= this.#cardsText.split('\n');
      found = PriceCard.of(JSON.parse(this.#cardTexts[card] ?? '{}') as CardText, added);
      this.#cards.set(key, found);
    }
    return found;
  }

  #read(section: string): ReadonlyMap<string, Line> {
    const lines = new Map<string, Line>();
    const head = `[${section}]\n`;
    const at = this.#modelsText.startsWith(head) ? 0 : this.#modelsText.indexOf(`\n${head}`) + 1;
    if (at === 0 && !this.#modelsText.startsWith(head)) return lines;
    for (const line of this.#modelsText.slice(at + head.length).split('\n')) {
      if (line.startsWith('[')) break;
      const [name = '', card, uplift = '0'] = line.split(' ');
      lines.set(name, { card: Number(card), uplift: Number(uplift) });
    }
    return lines;
  }
}
