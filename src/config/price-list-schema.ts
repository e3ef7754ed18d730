/** JSON Schema of a PriceList as operators write it. */
import { PRICE_FIELDS } from '../api/price-list.ts';
import { MAX_PRICE } from '../api/pricing.ts';
import { PROVIDER_TYPES } from '../api/provider-types.ts';
import { CONFIGURATION_API_VERSION } from './schema.ts';

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
  definitions: { price: PRICE, amount: { type: 'number', minimum: 0, maximum: MAX_PRICE } },
  properties: {
    apiVersion: { type: 'string', enum: [CONFIGURATION_API_VERSION] },
    kind: { type: 'string', enum: ['PriceList'] },
    prices: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(
        PROVIDER_TYPES.map((type) => [type, { type: 'object', additionalProperties: { $ref: '#/definitions/price' } }]),
      ),
    },
  },
};
