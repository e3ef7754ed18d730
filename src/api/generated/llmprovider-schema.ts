// Generated from crds/tidegate.io_llmproviders.yaml by hack/generate.ts. Do not edit.

import type { StructuralSchema } from '../validation/schema.ts';

export const LLM_PROVIDER_SCHEMA: StructuralSchema = {
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
      "required": [
        "type"
      ],
      "x-kubernetes-validations": [
        {
          "rule": "self.type != 'OpenAI' || has(self.secretRef)",
          "message": "`secretRef` must be set when `type` is 'OpenAI'"
        },
        {
          "rule": "self.type != 'GoogleAI' || has(self.secretRef)",
          "message": "`secretRef` must be set when `type` is 'GoogleAI'"
        },
        {
          "rule": "self.type != 'Anthropic' || has(self.secretRef) || (has(self.anthropic) && self.anthropic.authPassthrough)",
          "message": "`secretRef` must be set when `type` is 'Anthropic' and `anthropic.authPassthrough` is false"
        },
        {
          "rule": "!has(self.anthropic) || !self.anthropic.authPassthrough || !has(self.secretRef)",
          "message": "`secretRef` must not be set when `anthropic.authPassthrough` is true"
        },
        {
          "rule": "self.type != 'Bedrock' || !has(self.secretRef)",
          "message": "`secretRef` must not be set when `type` is 'Bedrock'; say in `bedrock.credentials` where the credentials come from"
        },
        {
          "rule": "self.type == 'Anthropic' || !has(self.anthropic)",
          "message": "`anthropic` must not be set unless `type` is 'Anthropic'"
        },
        {
          "rule": "self.type != 'Bedrock' || has(self.bedrock)",
          "message": "`bedrock` must be set when `type` is 'Bedrock'"
        },
        {
          "rule": "self.type == 'Bedrock' || !has(self.bedrock)",
          "message": "`bedrock` must not be set unless `type` is 'Bedrock'"
        },
        {
          "rule": "self.type != 'OpenAICompatible' || has(self.baseURL)",
          "message": "`baseURL` must be set when `type` is 'OpenAICompatible'"
        },
        {
          "rule": "!has(self.tls) || !has(self.baseURL) || !self.baseURL.matches('^[hH][tT][tT][pP]:')",
          "message": "`tls` must not be set when `baseURL` has the scheme 'http'"
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
        "type": {
          "type": "string",
          "maxLength": 64,
          "enum": [
            "OpenAI",
            "Anthropic",
            "GoogleAI",
            "Bedrock",
            "OpenAICompatible"
          ],
          "x-kubernetes-validations": [
            {
              "rule": "self == oldSelf",
              "message": "`type` must not be changed; delete the object and create it anew"
            }
          ]
        },
        "enabled": {
          "type": "boolean",
          "default": true
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
              "message": "`baseURL` must not hold user information; put the credential into a Secret and name it in `secretRef`"
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
              "x-kubernetes-validations": [
                {
                  "rule": "self.matches('^[A-Za-z0-9._-]+$')",
                  "message": "`key` must be a valid Secret key: letters, digits, '-', '_' and '.'"
                }
              ]
            }
          }
        },
        "anthropic": {
          "type": "object",
          "properties": {
            "authPassthrough": {
              "type": "boolean",
              "default": false
            }
          }
        },
        "bedrock": {
          "type": "object",
          "required": [
            "region"
          ],
          "properties": {
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
        "guardrailRefs": {
          "type": "array",
          "maxItems": 16,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "name"
          ],
          "items": {
            "type": "object",
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
                    "message": "`name` must be a valid Guardrail name: a lower-case letter, then lower-case letters, digits and hyphens"
                  }
                ]
              }
            }
          }
        },
        "models": {
          "type": "array",
          "maxItems": 256,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "name"
          ],
          "items": {
            "type": "object",
            "required": [
              "name"
            ],
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 256,
                "x-kubernetes-validations": [
                  {
                    "rule": "self.matches('^[^\\\\x00-\\\\x20\\\\x7f]+$')",
                    "message": "`name` must not hold whitespace or control characters"
                  }
                ]
              },
              "pricing": {
                "type": "object",
                "properties": {
                  "input": {
                    "type": "number",
                    "minimum": 0,
                    "maximum": 1000000
                  },
                  "output": {
                    "type": "number",
                    "minimum": 0,
                    "maximum": 1000000
                  },
                  "cachedInput": {
                    "type": "number",
                    "minimum": 0,
                    "maximum": 1000000
                  },
                  "cacheWrite5m": {
                    "type": "number",
                    "minimum": 0,
                    "maximum": 1000000
                  },
                  "cacheWrite1h": {
                    "type": "number",
                    "minimum": 0,
                    "maximum": 1000000
                  }
                }
              }
            }
          }
        },
        "streamUsage": {
          "type": "string",
          "maxLength": 64,
          "enum": [
            "InjectAndStrip",
            "AsClient"
          ],
          "default": "InjectAndStrip"
        },
        "onClientDisconnect": {
          "type": "string",
          "maxLength": 64,
          "enum": [
            "Cancel",
            "Drain"
          ],
          "default": "Cancel"
        },
        "timeouts": {
          "type": "object",
          "default": {},
          "properties": {
            "connectSeconds": {
              "type": "integer",
              "minimum": 1,
              "maximum": 300,
              "default": 10
            },
            "firstByteSeconds": {
              "type": "integer",
              "minimum": 1,
              "maximum": 3600,
              "default": 600
            },
            "idleSeconds": {
              "type": "integer",
              "minimum": 1,
              "maximum": 3600,
              "default": 300
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
        },
        "headers": {
          "type": "array",
          "maxItems": 16,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "name"
          ],
          "x-kubernetes-validations": [
            {
              "rule": "self.all(a, self.exists_one(b, b.name.lowerAscii() == a.name.lowerAscii()))",
              "message": "`headers` must not name a header twice; upper and lower case make no difference"
            }
          ],
          "items": {
            "type": "object",
            "required": [
              "name",
              "value"
            ],
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "x-kubernetes-validations": [
                  {
                    "rule": "self.matches('^[A-Za-z0-9!#$%&*+.^_|~`\\'-]+$')",
                    "message": "`name` must be a valid header name: letters, digits and !#$%&'*+-.^_`|~"
                  },
                  {
                    "rule": "!(self.lowerAscii() in ['authorization', 'proxy-authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'x-auth-token', 'ocp-apim-subscription-key', 'x-amz-security-token', 'cookie', 'set-cookie'])",
                    "message": "`name` must not be a header that carries credentials; put the credential into a Secret and name it in `secretRef`"
                  },
                  {
                    "rule": "!(self.lowerAscii() in ['host', 'content-length', 'content-type', 'content-encoding', 'accept-encoding', 'expect', 'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings', 'x-amz-date', 'x-amz-content-sha256']) && !self.lowerAscii().startsWith('x-tidegate-') && !self.lowerAscii().startsWith('sec-websocket-')",
                    "message": "`name` must not be a header that belongs to the connection, to the body or to the gateway"
                  }
                ]
              },
              "value": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1024,
                "x-kubernetes-validations": [
                  {
                    "rule": "self.matches('^[!-~]([ -~]*[!-~])?$')",
                    "message": "`value` must hold printable ASCII characters only, without spaces at its ends"
                  }
                ]
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
        "url": {
          "type": "string",
          "maxLength": 4096
        },
        "modelSummary": {
          "type": "string",
          "maxLength": 1024
        },
        "proxies": {
          "type": "string",
          "maxLength": 32
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
            },
            {
              "type": "Active",
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
