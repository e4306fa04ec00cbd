"""Ten schemas in the style of real projects; each with an answer that matches, and others."""

from __future__ import annotations

from typing import Any, NamedTuple


class Real(NamedTuple):
    schema: dict[str, Any]
    right: Any
    wrong: dict[str, Any]  # what the fault says, and the answer
    strict: bool = False  # whether OpenAI's strict mode takes it


PACKAGE = Real(
    {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "JSON schema for NPM package.json files",
        "definitions": {
            "dependency": {
                "type": "object",
                "additionalProperties": {"type": "string", "pattern": r"^[\^~><=]*[\dx*]"},
            },
            "person": {
                "type": ["object", "string"],
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "email": {"format": "email"}},
            },
        },
        "type": "object",
        "patternProperties": {"^_": {"description": "private"}},
        "properties": {
            "name": {
                "type": "string",
                "maxLength": 214,
                "minLength": 1,
                "pattern": "^(?:(?:@(?:[a-z0-9-*~][a-z0-9-*._~]*)?/[a-z0-9-._~])|[a-z0-9-~])"
                "[a-z0-9-._~]*$",
            },
            "version": {"type": "string"},
            "author": {"$ref": "#/definitions/person"},
            "dependencies": {"$ref": "#/definitions/dependency"},
            "type": {"enum": ["commonjs", "module"], "default": "commonjs"},
        },
        "required": ["name", "version"],
    },
    {
        "name": "@org/pkg",
        "version": "1.0.0",
        "author": "Bob",
        "dependencies": {"a": "^1.2"},
        "_x": 1,
    },
    {
        "does not match": {"name": "My Package", "version": "1"},
        "'version' is a required": {"name": "a"},
        "$.dependencies.a": {"name": "a", "version": "1", "dependencies": {"a": "latest"}},
        "$.author": {"name": "a", "version": "1", "author": {"email": "a@b"}},
    },
)
OPENAPI = Real(
    {
        "title": "Path item",
        "type": "object",
        "patternProperties": {"^(get|put|post|delete)$": {"$ref": "#/$defs/operation"}},
        "additionalProperties": False,
        "$defs": {
            "operation": {
                "type": "object",
                "required": ["responses"],
                "properties": {
                    "parameters": {
                        "type": "array",
                        "uniqueItems": True,
                        "items": {
                            "oneOf": [{"$ref": "#/$defs/parameter"}, {"$ref": "#/$defs/ref"}]
                        },
                    },
                    "responses": {
                        "type": "object",
                        "minProperties": 1,
                        "propertyNames": {"pattern": "^([1-5](\\d\\d|XX)|default)$"},
                    },
                },
            },
            "parameter": {
                "type": "object",
                "required": ["name", "in"],
                "properties": {"name": {"type": "string"}, "in": {"enum": ["query", "path"]}},
                "if": {"properties": {"in": {"const": "path"}}},
                "then": {"properties": {"required": {"const": True}}, "required": ["required"]},
            },
            "ref": {
                "type": "object",
                "required": ["$ref"],
                "properties": {"$ref": {"type": "string", "format": "uri-reference"}},
            },
        },
    },
    {
        "get": {
            "parameters": [
                {"name": "id", "in": "path", "required": True},
                {"$ref": "https://example.com/common.yaml#/limit"},
            ],
            "responses": {"200": {}, "5XX": {}},
        }
    },
    {
        "oneOf|under any|valid under": {
            "get": {"parameters": [{"name": "id", "in": "path"}], "responses": {"200": {}}}
        },
        "does not match": {"get": {"responses": {"ok": {}}}},
        "match any of the regexes": {"fetch": {"responses": {"200": {}}}},
    },
)
WORKFLOW = Real(
    {
        "title": "GitHub workflow",
        "type": "object",
        "required": ["on", "jobs"],
        "properties": {
            "on": {
                "oneOf": [
                    {"$ref": "#/$defs/event"},
                    {"type": "array", "items": {"$ref": "#/$defs/event"}, "minItems": 1},
                    {"type": "object", "propertyNames": {"$ref": "#/$defs/event"}},
                ]
            },
            "jobs": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "patternProperties": {"^[_a-zA-Z][a-zA-Z0-9_-]*$": {"$ref": "#/$defs/job"}},
            },
        },
        "$defs": {
            "event": {"enum": ["push", "pull_request", "workflow_dispatch"]},
            "job": {
                "type": "object",
                "required": ["runs-on"],
                "properties": {
                    "runs-on": {"anyOf": [{"type": "string"}, {"type": "array"}]},
                    "needs": {"type": "array", "items": {"type": "string"}},
                    "steps": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "anyOf": [{"required": ["run"]}, {"required": ["uses"]}],
                            "dependentRequired": {"shell": ["run"]},
                        },
                    },
                },
            },
        },
    },
    {
        "on": {"push": {"branches": ["main"]}},
        "jobs": {"test": {"runs-on": "ubuntu-latest", "steps": [{"uses": "actions/checkout@v4"}]}},
    },
    {
        "$.on": {"on": "pushing", "jobs": {"a": {"runs-on": "x"}}},
        "$.jobs": {"on": "push", "jobs": {"1a": {"runs-on": "x"}}},
        "'runs-on' is a required": {"on": "push", "jobs": {"a": {}}},
        "'run' is a dependency": {
            "on": "push",
            "jobs": {"a": {"runs-on": "x", "steps": [{"uses": "y", "shell": "sh"}]}},
        },
    },
)
INVOICE = Real(
    {
        "title": "Счёт-фактура",
        "type": "object",
        "required": ["number", "date", "seller", "lines", "total"],
        "additionalProperties": False,
        "properties": {
            "number": {"type": "string"},
            "date": {"type": "string", "format": "date"},
            "seller": {
                "type": "object",
                "required": ["inn"],
                "additionalProperties": False,
                "properties": {"inn": {"type": "string", "pattern": "^(\\d{10}|\\d{12})$"}},
            },
            "lines": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["what", "price"],
                    "additionalProperties": False,
                    "properties": {
                        "what": {"type": "string"},
                        "price": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.25},
                    },
                },
            },
            "total": {"type": ["number", "null"]},
        },
    },
    {
        "number": "А-17",
        "date": "2026-11-26",
        "seller": {"inn": "7707083893"},
        "lines": [{"what": "Чай", "price": 19.75}],
        "total": None,
    },
    {
        "$.date": {
            "number": "1", "date": "26.11.2026", "seller": {"inn": "7707083893"},
            "lines": [{"what": "a", "price": 1}], "total": 1,
        },
        "$.lines": {
            "number": "1", "date": "2026-11-26", "seller": {"inn": "7707083893"}, "lines": [],
            "total": 1,
        },
        "Additional properties": {
            "number": "1", "date": "2026-11-26", "seller": {"inn": "7707083893", "kpp": "1"},
            "lines": [{"what": "a", "price": 1}], "total": 1,
        },
    },
    strict=True,
)  # fmt: skip
MATRIX = Real(
    {
        "title": "Nested arrays",
        "type": "object",
        "properties": {
            "rows": {
                "type": "array",
                "items": {
                    "type": "array",
                    "prefixItems": [{"type": "string"}, {"type": "integer"}],
                    "items": False,
                    "minItems": 2,
                },
                "contains": {"prefixItems": [{"const": "total"}]},
            }
        },
        "required": ["rows"],
    },
    {"rows": [["a", 1], ["total", 1]]},
    {
        "does not contain": {"rows": [["a", 1]]},
        "$.rows[0][1]": {"rows": [["total", "1"]]},
        "$.rows[0]": {"rows": [["total", 1, 2]]},
    },
)
TREE = Real(
    {
        "title": "A menu",
        "type": "object",
        "$defs": {
            "entry": {
                "type": "object",
                "required": ["label", "children"],
                "additionalProperties": False,
                "properties": {
                    "label": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/entry"}},
                },
            }
        },
        "required": ["root"],
        "properties": {"root": {"$ref": "#/$defs/entry"}},
    },
    {"root": {"label": "a", "children": [{"label": "b", "children": []}]}},
    {"$.root.children[0]": {"root": {"label": "a", "children": [{"label": "b"}]}}},
    strict=True,
)
EVENT = Real(
    {
        "title": "Discriminated union",
        "type": "object",
        "required": ["event"],
        "properties": {
            "event": {
                "oneOf": [
                    {
                        "type": "object",
                        "required": ["kind", "at"],
                        "properties": {
                            "kind": {"const": "login"},
                            "at": {"type": "string", "format": "date-time"},
                        },
                    },
                    {
                        "type": "object",
                        "required": ["kind", "from", "to"],
                        "properties": {
                            "kind": {"const": "move"},
                            "from": {"type": "string", "format": "ipv4"},
                            "to": {"type": "string", "format": "ipv6"},
                        },
                    },
                ]
            }
        },
    },
    {"event": {"kind": "login", "at": "2026-11-26T19:00:00+03:00"}},
    {
        "$.event": {"event": {"kind": "login", "at": "today"}},
        "$.event: ": {"event": {"kind": "logout"}},
    },
)
PYDANTIC = Real(  # as pydantic's model_json_schema writes it
    {
        "$defs": {
            "Colour": {"enum": ["red", "green"], "title": "Colour", "type": "string"},
            "Car": {
                "properties": {
                    "colour": {"$ref": "#/$defs/Colour"},
                    "doors": {"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "Doors"},
                },
                "required": ["colour", "doors"],
                "title": "Car",
                "type": "object",
            },
        },
        "properties": {
            "cars": {"items": {"$ref": "#/$defs/Car"}, "title": "Cars", "type": "array"}
        },
        "required": ["cars"],
        "title": "Garage",
        "type": "object",
    },
    {"cars": [{"colour": "red", "doors": None}]},
    {"$.cars[0].colour": {"cars": [{"colour": "blue", "doors": 2}]}},
    strict=True,
)
ESLINT = Real(
    {
        "title": "Rule levels",
        "type": "object",
        "additionalProperties": {
            "oneOf": [
                {"type": "integer", "minimum": 0, "maximum": 2},
                {"enum": ["off", "warn", "error"]},
                {"type": "array", "minItems": 1, "prefixItems": [{"enum": [0, 1, 2]}]},
            ]
        },
        "propertyNames": {"minLength": 2, "pattern": "^[a-z-/@]+$"},
        "not": {"required": ["extends"]},
    },
    {"no-var": "error", "quotes": [2, "double"], "@typescript/x": 0},
    {
        "$.semi": {"semi": 3},
        "should not be valid": {"extends": 1},
        "does not match": {"NoVar": 1},
    },
)
SENTIMENT = Real(
    {
        "title": "Sentiment",
        "type": "object",
        "properties": {
            "mood": {"type": "string", "enum": ["good", "bad", "mixed"]},
            "score": {"type": "number", "minimum": 0, "maximum": 1},
            "id": {"type": "string", "format": "uuid"},
        },
        "required": ["mood", "score", "id"],
    },
    {"mood": "good", "score": 0.75, "id": "0a1b2c3d-0000-4000-8000-000000000000"},
    {
        "$.mood": {"mood": "great", "score": 1, "id": "0a1b2c3d-0000-4000-8000-000000000000"},
        "greater than the maximum": {
            "mood": "bad", "score": 75, "id": "0a1b2c3d-0000-4000-8000-000000000000",
        },
        "$.id": {"mood": "bad", "score": 0, "id": "one"},
    },
    strict=True,
)  # fmt: skip

SCHEMAS = {
    "package": PACKAGE,
    "openapi": OPENAPI,
    "workflow": WORKFLOW,
    "invoice": INVOICE,
    "matrix": MATRIX,
    "tree": TREE,
    "event": EVENT,
    "pydantic": PYDANTIC,
    "eslint": ESLINT,
    "sentiment": SENTIMENT,
}
