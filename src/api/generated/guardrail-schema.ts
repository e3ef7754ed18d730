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
          "rule": "(has(self.wordFilters) && self.wordFilters.size() > 0) || has(self.profanity) || (has(self.pii) && has(self.pii.entities) && self.pii.entities.size() > 0) || (has(self.pii) && has(self.pii.regexes) && self.pii.regexes.size() > 0) || has(self.contentPolicies) || has(self.bedrock)",
          "message": "`spec` must have at least one rule, in `wordFilters`, `profanity`, `pii.entities`, `pii.regexes`, `contentPolicies` or `bedrock`"
        },
        {
          "rule": "!has(self.timeoutMilliseconds) || has(self.contentPolicies) || has(self.bedrock)",
          "message": "`timeoutMilliseconds` must not be set without `contentPolicies` or `bedrock`"
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
        "contentPolicies": {
          "type": "object",
          "required": [
            "evaluator"
          ],
          "x-kubernetes-validations": [
            {
              "rule": "!has(self.evaluator.openAIModeration) || (has(self.filters) && self.filters.size() > 0)",
              "message": "`filters` must hold at least one filter with `evaluator.openAIModeration`"
            },
            {
              "rule": "!has(self.evaluator.openAIModeration) || !has(self.filters) || self.filters.all(f, f.category != 'PromptAttack')",
              "message": "`filters` must not hold the category 'PromptAttack' with `evaluator.openAIModeration`, which knows none"
            },
            {
              "rule": "!has(self.evaluator.openAIModeration) || !has(self.deniedTopics) || self.deniedTopics.size() == 0",
              "message": "`deniedTopics` must not be set with `evaluator.openAIModeration`, which knows none"
            }
          ],
          "properties": {
            "filters": {
              "type": "array",
              "maxItems": 6,
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": [
                "category"
              ],
              "items": {
                "type": "object",
                "required": [
                  "category"
                ],
                "x-kubernetes-validations": [
                  {
                    "rule": "self.inputStrength != 'None' || self.outputStrength != 'None'",
                    "message": "`inputStrength` must be other than 'None' unless `outputStrength` is"
                  }
                ],
                "properties": {
                  "category": {
                    "type": "string",
                    "maxLength": 64,
                    "enum": [
                      "Hate",
                      "Insults",
                      "Sexual",
                      "Violence",
                      "Misconduct",
                      "PromptAttack"
                    ]
                  },
                  "inputStrength": {
                    "type": "string",
                    "maxLength": 64,
                    "enum": [
                      "None",
                      "Low",
                      "Medium",
                      "High"
                    ],
                    "default": "None"
                  },
                  "outputStrength": {
                    "type": "string",
                    "maxLength": 64,
                    "enum": [
                      "None",
                      "Low",
                      "Medium",
                      "High"
                    ],
                    "default": "None"
                  }
                }
              }
            },
            "deniedTopics": {
              "type": "array",
              "maxItems": 30,
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": [
                "name"
              ],
              "items": {
                "type": "object",
                "required": [
                  "name",
                  "definition"
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
                  "definition": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 1000
                  },
                  "examples": {
                    "type": "array",
                    "maxItems": 5,
                    "x-kubernetes-list-type": "atomic",
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 256
                    }
                  }
                }
              }
            },
            "evaluator": {
              "type": "object",
              "x-kubernetes-validations": [
                {
                  "rule": "has(self.openAIModeration) != has(self.http)",
                  "message": "`evaluator` must have exactly one of `openAIModeration` and `http`"
                }
              ],
              "properties": {
                "openAIModeration": {
                  "type": "object",
                  "required": [
                    "providerRef"
                  ],
                  "properties": {
                    "providerRef": {
                      "type": "object",
                      "x-kubernetes-map-type": "atomic",
                      "required": [
                        "name"
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 63,
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^[a-z][a-z0-9-]*$')",
                              "message": "`name` must begin with a lower-case letter and hold only lower-case letters, digits and hyphens"
                            }
                          ]
                        }
                      }
                    },
                    "model": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 256,
                      "default": "omni-moderation-latest"
                    }
                  }
                },
                "http": {
                  "type": "object",
                  "required": [
                    "url"
                  ],
                  "x-kubernetes-validations": [
                    {
                      "rule": "!has(self.tls) || !self.url.matches('^[hH][tT][tT][pP]:')",
                      "message": "`tls` must not be set when `url` has the scheme 'http'"
                    }
                  ],
                  "properties": {
                    "url": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 2048,
                      "x-kubernetes-validations": [
                        {
                          "rule": "self.matches('^[hH][tT][tT][pP][sS]?://[^/?#]')",
                          "message": "`url` must be an absolute URL with the scheme 'http' or 'https'"
                        },
                        {
                          "rule": "!self.matches('^[^/]*//[^/?#]*@')",
                          "message": "`url` must not hold user information; put the credential into a Secret and name it in `secretRef`"
                        },
                        {
                          "rule": "!self.contains('?') && !self.contains('#')",
                          "message": "`url` must not hold a query or a fragment"
                        },
                        {
                          "rule": "self.matches('^[!-~]*$') && !self.contains('\\\\') && !self.matches('/([.]|%2[eE]){1,2}(/|$)')",
                          "message": "`url` must hold printable ASCII characters only, without backslashes and without '.' or '..' segments"
                        },
                        {
                          "rule": "!self.matches('^[^/]*//(\\\\[[^/?#]*\\\\]|[^@:/?#\\\\[]*):[^@/?#]*([/?#]|$)') || self.matches('^[^/]*//(\\\\[[^/?#]*\\\\]|[^@:/?#\\\\[]*):([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])([/?#]|$)')",
                          "message": "`url` must have a port from 1 to 65535"
                        },
                        {
                          "rule": "!self.matches('^[^/]*//[^@/?#]+([/?#]|$)') || self.matches('^[^/]*//[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?[.]?(:[^:/?#]*)?([/?#]|$)') || self.lowerAscii().matches('^[^/]*//\\\\[(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,7}:|([0-9a-f]{1,4}:){1,6}(:[0-9a-f]{1,4}){1,1}|([0-9a-f]{1,4}:){1,5}(:[0-9a-f]{1,4}){1,2}|([0-9a-f]{1,4}:){1,4}(:[0-9a-f]{1,4}){1,3}|([0-9a-f]{1,4}:){1,3}(:[0-9a-f]{1,4}){1,4}|([0-9a-f]{1,4}:){1,2}(:[0-9a-f]{1,4}){1,5}|([0-9a-f]{1,4}:){1,1}(:[0-9a-f]{1,4}){1,6}|:(:[0-9a-f]{1,4}){1,7}|::)\\\\](:[^:/?#]*)?([/?#]|$)')",
                          "message": "`url` must name its host by a DNS name, an IPv4 address or an IPv6 address in brackets"
                        },
                        {
                          "rule": "!self.matches('^[^/]*//([^@/?#]*[.])?([0-9]+|0[xX][0-9A-Fa-f]*)[.]?(:[^:/?#]*)?([/?#]|$)') || self.matches('^[^/]*//((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(:[^:/?#]*)?([/?#]|$)')",
                          "message": "`url` must write an IPv4 address as four decimal numbers"
                        },
                        {
                          "rule": "!self.lowerAscii().matches('^[^/]*//\\\\[[0:]*:ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}\\\\]')",
                          "message": "`url` must write an IPv4 address as four decimal numbers, not within an IPv6 address"
                        },
                        {
                          "rule": "!self.lowerAscii().matches('^[^/]*//(169[.]254[.][0-9]+[.][0-9]+|100[.]100[.]100[.]200|168[.]63[.]129[.]16|192[.]0[.]0[.]192)(:[^:/?#]*)?([/?#]|$)') && !self.lowerAscii().matches('^[^/]*//\\\\[(fe[89ab][0-9a-f]:|fd00:0?ec2:[0:]*(254|0254|23|023|0023)\\\\]|fd20:0?0?ce:[0:]*(254|0254)\\\\])') && !self.lowerAscii().matches('^[^/]*//(metadata[.]google[.]internal|metadata[.]goog|instance-data[.]ec2[.]internal)[.]?(:[^:/?#]*)?([/?#]|$)')",
                          "message": "`url` must not name a link-local address or a cloud's metadata service"
                        }
                      ]
                    },
                    "secretRef": {
                      "type": "object",
                      "x-kubernetes-map-type": "atomic",
                      "required": [
                        "name"
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 253,
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$')",
                              "message": "`name` must be a valid Secret name: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit"
                            }
                          ]
                        },
                        "key": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 253,
                          "default": "TOKEN",
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^[A-Za-z0-9._-]+$')",
                              "message": "`key` must be a valid Secret key: letters, digits, '-', '_' and '.'"
                            }
                          ]
                        }
                      }
                    },
                    "tls": {
                      "type": "object",
                      "required": [
                        "caSecretRef"
                      ],
                      "properties": {
                        "caSecretRef": {
                          "type": "object",
                          "x-kubernetes-map-type": "atomic",
                          "required": [
                            "name"
                          ],
                          "properties": {
                            "name": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 253,
                              "x-kubernetes-validations": [
                                {
                                  "rule": "self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$')",
                                  "message": "`name` must be a valid Secret name: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit"
                                }
                              ]
                            },
                            "key": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 253,
                              "default": "ca.crt",
                              "x-kubernetes-validations": [
                                {
                                  "rule": "self.matches('^[A-Za-z0-9._-]+$')",
                                  "message": "`key` must be a valid Secret key: letters, digits, '-', '_' and '.'"
                                }
                              ]
                            }
                          }
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        },
        "bedrock": {
          "type": "object",
          "required": [
            "identifier",
            "version",
            "region"
          ],
          "properties": {
            "identifier": {
              "type": "string",
              "minLength": 1,
              "maxLength": 2048,
              "x-kubernetes-validations": [
                {
                  "rule": "self.matches('^([a-z0-9]+|arn:aws(-[a-z]+)*:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+)$')",
                  "message": "`identifier` must be the id or the ARN of a guardrail"
                }
              ]
            },
            "version": {
              "type": "string",
              "minLength": 1,
              "maxLength": 8,
              "x-kubernetes-validations": [
                {
                  "rule": "self.matches('^([1-9][0-9]{0,7}|DRAFT)$')",
                  "message": "`version` must be a number or 'DRAFT'"
                }
              ]
            },
            "region": {
              "type": "string",
              "minLength": 1,
              "maxLength": 32,
              "x-kubernetes-validations": [
                {
                  "rule": "self.matches('^[a-z]{2,8}(-[a-z]{2,16}){1,3}-[0-9]{1,2}$')",
                  "message": "`region` must be the name of an AWS region, such as 'us-east-1'"
                }
              ]
            },
            "baseURL": {
              "type": "string",
              "minLength": 1,
              "maxLength": 2048,
              "x-kubernetes-validations": [
                {
                  "rule": "self.matches('^[hH][tT][tT][pP][sS]?://[^/?#]')",
                  "message": "`baseURL` must be an absolute URL with the scheme 'http' or 'https'"
                },
                {
                  "rule": "!self.matches('^[^/]*//[^/?#]*@')",
                  "message": "`baseURL` must not hold user information; put the keys into a Secret and name it in `credentials`"
                },
                {
                  "rule": "!self.contains('?') && !self.contains('#')",
                  "message": "`baseURL` must not hold a query or a fragment"
                },
                {
                  "rule": "self.matches('^[!-~]*$') && !self.contains('\\\\') && !self.matches('/([.]|%2[eE]){1,2}(/|$)')",
                  "message": "`baseURL` must hold printable ASCII characters only, without backslashes and without '.' or '..' segments"
                },
                {
                  "rule": "!self.matches('^[^/]*//(\\\\[[^/?#]*\\\\]|[^@:/?#\\\\[]*):[^@/?#]*([/?#]|$)') || self.matches('^[^/]*//(\\\\[[^/?#]*\\\\]|[^@:/?#\\\\[]*):([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])([/?#]|$)')",
                  "message": "`baseURL` must have a port from 1 to 65535"
                },
                {
                  "rule": "!self.matches('^[^/]*//[^@/?#]+([/?#]|$)') || self.matches('^[^/]*//[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?[.]?(:[^:/?#]*)?([/?#]|$)') || self.lowerAscii().matches('^[^/]*//\\\\[(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,7}:|([0-9a-f]{1,4}:){1,6}(:[0-9a-f]{1,4}){1,1}|([0-9a-f]{1,4}:){1,5}(:[0-9a-f]{1,4}){1,2}|([0-9a-f]{1,4}:){1,4}(:[0-9a-f]{1,4}){1,3}|([0-9a-f]{1,4}:){1,3}(:[0-9a-f]{1,4}){1,4}|([0-9a-f]{1,4}:){1,2}(:[0-9a-f]{1,4}){1,5}|([0-9a-f]{1,4}:){1,1}(:[0-9a-f]{1,4}){1,6}|:(:[0-9a-f]{1,4}){1,7}|::)\\\\](:[^:/?#]*)?([/?#]|$)')",
                  "message": "`baseURL` must name its host by a DNS name, an IPv4 address or an IPv6 address in brackets"
                },
                {
                  "rule": "!self.matches('^[^/]*//([^@/?#]*[.])?([0-9]+|0[xX][0-9A-Fa-f]*)[.]?(:[^:/?#]*)?([/?#]|$)') || self.matches('^[^/]*//((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(:[^:/?#]*)?([/?#]|$)')",
                  "message": "`baseURL` must write an IPv4 address as four decimal numbers"
                },
                {
                  "rule": "!self.lowerAscii().matches('^[^/]*//\\\\[[0:]*:ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}\\\\]')",
                  "message": "`baseURL` must write an IPv4 address as four decimal numbers, not within an IPv6 address"
                },
                {
                  "rule": "!self.lowerAscii().matches('^[^/]*//(169[.]254[.][0-9]+[.][0-9]+|100[.]100[.]100[.]200|168[.]63[.]129[.]16|192[.]0[.]0[.]192)(:[^:/?#]*)?([/?#]|$)') && !self.lowerAscii().matches('^[^/]*//\\\\[(fe[89ab][0-9a-f]:|fd00:0?ec2:[0:]*(254|0254|23|023|0023)\\\\]|fd20:0?0?ce:[0:]*(254|0254)\\\\])') && !self.lowerAscii().matches('^[^/]*//(metadata[.]google[.]internal|metadata[.]goog|instance-data[.]ec2[.]internal)[.]?(:[^:/?#]*)?([/?#]|$)')",
                  "message": "`baseURL` must not name a link-local address or a cloud's metadata service"
                }
              ]
            },
            "credentials": {
              "type": "object",
              "default": {
                "type": "DefaultChain"
              },
              "x-kubernetes-validations": [
                {
                  "rule": "self.type != 'StaticKeys' || has(self.staticKeys)",
                  "message": "`staticKeys` must be set when `type` is 'StaticKeys'"
                },
                {
                  "rule": "self.type == 'StaticKeys' || !has(self.staticKeys)",
                  "message": "`staticKeys` must not be set unless `type` is 'StaticKeys'"
                },
                {
                  "rule": "self.type != 'AssumeRole' || has(self.assumeRole)",
                  "message": "`assumeRole` must be set when `type` is 'AssumeRole'"
                },
                {
                  "rule": "self.type == 'AssumeRole' || !has(self.assumeRole)",
                  "message": "`assumeRole` must not be set unless `type` is 'AssumeRole'"
                }
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "maxLength": 64,
                  "enum": [
                    "DefaultChain",
                    "StaticKeys",
                    "AssumeRole"
                  ],
                  "default": "DefaultChain"
                },
                "staticKeys": {
                  "type": "object",
                  "required": [
                    "accessKeyIDRef",
                    "secretAccessKeyRef"
                  ],
                  "properties": {
                    "accessKeyIDRef": {
                      "type": "object",
                      "x-kubernetes-map-type": "atomic",
                      "required": [
                        "name"
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 253,
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$')",
                              "message": "`name` must be a valid Secret name: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit"
                            }
                          ]
                        },
                        "key": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 253,
                          "default": "AWS_ACCESS_KEY_ID",
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^[A-Za-z0-9._-]+$')",
                              "message": "`key` must be a valid Secret key: letters, digits, '-', '_' and '.'"
                            }
                          ]
                        }
                      }
                    },
                    "secretAccessKeyRef": {
                      "type": "object",
                      "x-kubernetes-map-type": "atomic",
                      "required": [
                        "name"
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 253,
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$')",
                              "message": "`name` must be a valid Secret name: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit"
                            }
                          ]
                        },
                        "key": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 253,
                          "default": "AWS_SECRET_ACCESS_KEY",
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^[A-Za-z0-9._-]+$')",
                              "message": "`key` must be a valid Secret key: letters, digits, '-', '_' and '.'"
                            }
                          ]
                        }
                      }
                    },
                    "sessionTokenRef": {
                      "type": "object",
                      "x-kubernetes-map-type": "atomic",
                      "required": [
                        "name"
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 253,
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$')",
                              "message": "`name` must be a valid Secret name: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit"
                            }
                          ]
                        },
                        "key": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 253,
                          "default": "AWS_SESSION_TOKEN",
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^[A-Za-z0-9._-]+$')",
                              "message": "`key` must be a valid Secret key: letters, digits, '-', '_' and '.'"
                            }
                          ]
                        }
                      }
                    }
                  }
                },
                "assumeRole": {
                  "type": "object",
                  "required": [
                    "roleARN"
                  ],
                  "properties": {
                    "roleARN": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 640,
                      "x-kubernetes-validations": [
                        {
                          "rule": "self.matches('^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$')",
                          "message": "`roleARN` must be the ARN of an IAM role, such as 'arn:aws:iam::111122223333:role/name'"
                        }
                      ]
                    },
                    "externalID": {
                      "type": "string",
                      "minLength": 2,
                      "maxLength": 1224,
                      "x-kubernetes-validations": [
                        {
                          "rule": "self.matches('^[A-Za-z0-9+=,.@:_/-]+$')",
                          "message": "`externalID` must hold only letters, digits and +=,.@:_/-"
                        }
                      ]
                    },
                    "sessionName": {
                      "type": "string",
                      "minLength": 2,
                      "maxLength": 64,
                      "x-kubernetes-validations": [
                        {
                          "rule": "self.matches('^[A-Za-z0-9+=,.@_-]+$')",
                          "message": "`sessionName` must hold only letters, digits and +=,.@_-"
                        }
                      ]
                    }
                  }
                }
              }
            }
          }
        },
        "timeoutMilliseconds": {
          "type": "integer",
          "minimum": 100,
          "maximum": 30000
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
