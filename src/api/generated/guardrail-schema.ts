// Generated from crds/tidegate.io_guardrails.yaml by hack/generate.ts. Do not edit.

import type { StructuralSchema } from '../validation/schema.ts';

export const GUARDRAIL_SCHEMA: StructuralSchema = {
  "type": "object",
  "required": [
    "spec"
  ],
  "x-kubernetes-validations": [
    {
      "fieldPath": ".metadata.name",
      "rule": "self.metadata.name.size() <= 63 && self.metadata.name.matches('^[a-z][a-z0-9-]*$')",
      "message": "`metadata.name` must begin with a lower-case letter, hold only lower-case letters, digits and hyphens, and have at most 63 characters"
    }
  ],
  "properties": {
    "apiVersion": {
      "type": "string",
      "maxLength": 64
    },
    "kind": {
      "type": "string",
      "maxLength": 64
    },
    "metadata": {
      "type": "object",
      "properties": {
        "name": {
          "type": "string",
          "maxLength": 253
        }
      }
    },
    "spec": {
      "type": "object",
      "x-kubernetes-validations": [
        {
          "rule": "(has(self.wordFilters) && self.wordFilters.size() > 0) || has(self.profanity) || (has(self.pii) && has(self.pii.entities) && self.pii.entities.size() > 0) || (has(self.pii) && has(self.pii.regexes) && self.pii.regexes.size() > 0)",
          "message": "`spec` must have at least one rule, in `wordFilters`, `profanity`, `pii.entities` or `pii.regexes`"
        }
      ],
      "properties": {
        "displayName": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253,
          "x-kubernetes-validations": [
            {
              "rule": "!self.matches('[\\\\x00-\\\\x1f\\\\x7f]')",
              "message": "`displayName` must not hold control characters"
            }
          ]
        },
        "description": {
          "type": "string",
          "minLength": 1,
          "maxLength": 1024
        },
        "mode": {
          "type": "string",
          "maxLength": 64,
          "enum": [
            "Enforce",
            "Audit"
          ],
          "default": "Enforce"
        },
        "failurePolicy": {
          "type": "string",
          "maxLength": 64,
          "enum": [
            "Closed",
            "Open"
          ],
          "default": "Closed"
        },
        "messages": {
          "type": "object",
          "properties": {
            "input": {
              "type": "string",
              "minLength": 1,
              "maxLength": 2048
            },
            "output": {
              "type": "string",
              "minLength": 1,
              "maxLength": 2048
            }
          }
        },
        "scopes": {
          "type": "array",
          "maxItems": 5,
          "x-kubernetes-list-type": "atomic",
          "x-kubernetes-validations": [
            {
              "rule": "self.size() > 0 && self.all(a, self.exists_one(b, b == a))",
              "message": "`scopes` must hold at least one value, and each once"
            }
          ],
          "items": {
            "type": "string",
            "maxLength": 64,
            "enum": [
              "System",
              "User",
              "Assistant",
              "ToolInput",
              "ToolOutput"
            ]
          }
        },
        "wordFilters": {
          "type": "array",
          "maxItems": 32,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "name"
          ],
          "items": {
            "type": "object",
            "required": [
              "name",
              "words",
              "action"
            ],
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 63,
                "x-kubernetes-validations": [
                  {
                    "rule": "self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')",
                    "message": "`name` must hold only lower-case letters, digits and hyphens, and begin and end with a letter or digit"
                  }
                ]
              },
              "words": {
                "type": "array",
                "maxItems": 1000,
                "x-kubernetes-list-type": "atomic",
                "x-kubernetes-validations": [
                  {
                    "rule": "self.size() > 0",
                    "message": "`words` must hold at least one word"
                  }
                ],
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 256
                }
              },
              "match": {
                "type": "string",
                "maxLength": 64,
                "enum": [
                  "Word",
                  "Substring"
                ],
                "default": "Word"
              },
              "caseSensitive": {
                "type": "boolean",
                "default": false
              },
              "action": {
                "type": "string",
                "maxLength": 64,
                "enum": [
                  "Block",
                  "Mask",
                  "Detect"
                ]
              },
              "appliesTo": {
                "type": "array",
                "maxItems": 2,
                "x-kubernetes-list-type": "atomic",
                "default": [
                  "Input",
                  "Output"
                ],
                "x-kubernetes-validations": [
                  {
                    "rule": "self.size() > 0 && self.all(a, self.exists_one(b, b == a))",
                    "message": "`appliesTo` must hold 'Input', 'Output' or both, each once"
                  }
                ],
                "items": {
                  "type": "string",
                  "maxLength": 64,
                  "enum": [
                    "Input",
                    "Output"
                  ]
                }
              }
            }
          }
        },
        "profanity": {
          "type": "object",
          "required": [
            "action"
          ],
          "properties": {
            "action": {
              "type": "string",
              "maxLength": 64,
              "enum": [
                "Block",
                "Mask",
                "Detect"
              ]
            },
            "appliesTo": {
              "type": "array",
              "maxItems": 2,
              "x-kubernetes-list-type": "atomic",
              "default": [
                "Input",
                "Output"
              ],
              "x-kubernetes-validations": [
                {
                  "rule": "self.size() > 0 && self.all(a, self.exists_one(b, b == a))",
                  "message": "`appliesTo` must hold 'Input', 'Output' or both, each once"
                }
              ],
              "items": {
                "type": "string",
                "maxLength": 64,
                "enum": [
                  "Input",
                  "Output"
                ]
              }
            }
          }
        },
        "pii": {
          "type": "object",
          "properties": {
            "entities": {
              "type": "array",
              "maxItems": 32,
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": [
                "type"
              ],
              "items": {
                "type": "object",
                "required": [
                  "type",
                  "action"
                ],
                "properties": {
                  "type": {
                    "type": "string",
                    "maxLength": 64,
                    "enum": [
                      "Email",
                      "Phone",
                      "CreditCard",
                      "IBAN",
                      "USSocialSecurityNumber",
                      "UKNationalInsuranceNumber",
                      "IPAddress",
                      "MACAddress",
                      "URL",
                      "AWSAccessKey",
                      "AWSSecretKey",
                      "GitHubToken",
                      "PrivateKey",
                      "JWT",
                      "Password",
                      "VehicleIdentificationNumber",
                      "SWIFTCode",
                      "USBankRoutingNumber",
                      "PassportUS"
                    ]
                  },
                  "action": {
                    "type": "string",
                    "maxLength": 64,
                    "enum": [
                      "Block",
                      "Mask",
                      "Detect"
                    ]
                  },
                  "appliesTo": {
                    "type": "array",
                    "maxItems": 2,
                    "x-kubernetes-list-type": "atomic",
                    "default": [
                      "Input",
                      "Output"
                    ],
                    "x-kubernetes-validations": [
                      {
                        "rule": "self.size() > 0 && self.all(a, self.exists_one(b, b == a))",
                        "message": "`appliesTo` must hold 'Input', 'Output' or both, each once"
                      }
                    ],
                    "items": {
                      "type": "string",
                      "maxLength": 64,
                      "enum": [
                        "Input",
                        "Output"
                      ]
                    }
                  }
                }
              }
            },
            "regexes": {
              "type": "array",
              "maxItems": 64,
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": [
                "name"
              ],
              "items": {
                "type": "object",
                "required": [
                  "name",
                  "pattern",
                  "action"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 63,
                    "x-kubernetes-validations": [
                      {
                        "rule": "self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')",
                        "message": "`name` must hold only lower-case letters, digits and hyphens, and begin and end with a letter or digit"
                      }
                    ]
                  },
                  "pattern": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 1024
                  },
                  "action": {
                    "type": "string",
                    "maxLength": 64,
                    "enum": [
                      "Block",
                      "Mask",
                      "Detect"
                    ]
                  },
                  "appliesTo": {
                    "type": "array",
                    "maxItems": 2,
                    "x-kubernetes-list-type": "atomic",
                    "default": [
                      "Input",
                      "Output"
                    ],
                    "x-kubernetes-validations": [
                      {
                        "rule": "self.size() > 0 && self.all(a, self.exists_one(b, b == a))",
                        "message": "`appliesTo` must hold 'Input', 'Output' or both, each once"
                      }
                    ],
                    "items": {
                      "type": "string",
                      "maxLength": 64,
                      "enum": [
                        "Input",
                        "Output"
                      ]
                    }
                  }
                }
              }
            }
          }
        },
        "streaming": {
          "type": "object",
          "default": {},
          "properties": {
            "holdBackCharacters": {
              "type": "integer",
              "minimum": 16,
              "maximum": 4096,
              "default": 256
            }
          }
        },
        "tests": {
          "type": "array",
          "maxItems": 100,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "name"
          ],
          "items": {
            "type": "object",
            "required": [
              "name",
              "direction",
              "text",
              "expect"
            ],
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "x-kubernetes-validations": [
                  {
                    "rule": "!self.matches('[\\\\x00-\\\\x1f\\\\x7f]')",
                    "message": "`name` must not hold control characters"
                  }
                ]
              },
              "direction": {
                "type": "string",
                "maxLength": 64,
                "enum": [
                  "Input",
                  "Output"
                ]
              },
              "text": {
                "type": "string",
                "maxLength": 8192
              },
              "expect": {
                "type": "object",
                "required": [
                  "action"
                ],
                "x-kubernetes-validations": [
                  {
                    "rule": "!has(self.text) || self.action == 'Mask'",
                    "message": "`text` must not be set unless `action` is 'Mask'"
                  }
                ],
                "properties": {
                  "action": {
                    "type": "string",
                    "maxLength": 64,
                    "enum": [
                      "Allow",
                      "Mask",
                      "Block"
                    ]
                  },
                  "text": {
                    "type": "string",
                    "maxLength": 16384
                  }
                }
              }
            }
          }
        }
      }
    },
    "status": {
      "type": "object",
      "default": {},
      "properties": {
        "observedGeneration": {
          "type": "integer",
          "minimum": 0
        },
        "testsPassed": {
          "type": "string",
          "maxLength": 32
        },
        "usedBy": {
          "type": "string",
          "maxLength": 64
        },
        "conditions": {
          "type": "array",
          "maxItems": 8,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "type"
          ],
          "default": [
            {
              "type": "Ready",
              "status": "Unknown",
              "reason": "Pending",
              "message": "Waiting for the operator",
              "lastTransitionTime": "1970-01-01T00:00:00Z"
            }
          ],
          "items": {
            "type": "object",
            "required": [
              "type",
              "status",
              "lastTransitionTime",
              "reason",
              "message"
            ],
            "properties": {
              "type": {
                "type": "string",
                "maxLength": 316,
                "pattern": "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"
              },
              "status": {
                "type": "string",
                "maxLength": 16,
                "enum": [
                  "True",
                  "False",
                  "Unknown"
                ]
              },
              "observedGeneration": {
                "type": "integer",
                "minimum": 0
              },
              "lastTransitionTime": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64
              },
              "reason": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1024,
                "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
              },
              "message": {
                "type": "string",
                "maxLength": 32768
              }
            }
          }
        }
      }
    }
  }
};
