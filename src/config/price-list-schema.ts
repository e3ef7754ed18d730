/** JSON Schema of a PriceList as operators write it. */
import { CONFIGURATION_API_VERSION } from './schema.ts';
import { PRICED_TYPES, PRICE_FIELDS } from './types.ts';

const PRICE = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: Object.fromEntries(PRICE_FIELDS.map((field) => [field, { $ref: '#/definitions/amount' }])),
};

export const priceListSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'prices'],
  definitions: { price: PRICE, amount: { type: 'number', minimum: 0, maximum: 1_000_000 } },
  properties: {
    apiVersion: { type: 'string', enum: [CONFIGURATION_API_VERSION] },
    kind: { type: 'string', enum: ['PriceList'] },
    prices: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(
        PRICED_TYPES.map((type) => [type, { type: 'object', additionalProperties: { $ref: '#/definitions/price' } }]),
      ),
    },
  },
};
