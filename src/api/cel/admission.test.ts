import assert from "node:assert/strict";
import { test } from "node:test";
import { admissionVariables, Composition } from "./admission_variables.ts";
import { compile } from "./compile.ts";
import { AuthorizerValue, type AuthorizationCheck } from "./lib_authorizer.ts";
import { valueOfJson } from "./plain_value.ts";
import { CostExceeded, Run } from "./run.ts";
import { showValue } from "./show_value.ts";
import type { CelType } from "./types.ts";
import type { Result } from "./value.ts";

const ALL = admissionVariables({ params: true, authorizer: true });

function evaluated(
  source: string,
  values: Record<string, Result>,
  environment: ReadonlyMap<string, CelType> = ALL,
): string {
  const compiled = compile(source, environment);
  if (!("program" in compiled)) return JSON.stringify(compiled);
  return showValue(compiled.program.evaluate(values, new Run(1_000_000)));
}

const object = valueOfJson({
  spec: { replicas: 7, containers: [{ image: "a:1" }, { image: "b" }] },
  metadata: { name: "x" },
});
const request = valueOfJson({ operation: "CREATE", userInfo: { groups: ["dev"] }, namespace: "shop" });

test("policies read objects, parameters and requests", () => {
  const params = valueOfJson({ most: 5 });
  assert.equal(evaluated("object.spec.replicas <= params.most", { object, params }), "false");
  assert.equal(evaluated("object.spec.containers.filter(c, !c.image.contains(':')).size()", { object }), "1");
  assert.equal(evaluated("request.operation == 'CREATE' && 'dev' in request.userInfo.groups", { request }), "true");
  assert.equal(evaluated("request.namespace + '/' + object.metadata.name", { request, object }), `"shop/x"`);
  assert.equal(
    evaluated("oldObject == null || object.spec.replicas >= oldObject.spec.replicas", { object, oldObject: null }),
    "true",
  );
  assert.match(evaluated("request.nothing == 1", { request }), /undefined field 'nothing'/);
  assert.match(
    evaluated("params.x == 1", {}, admissionVariables({ params: false, authorizer: false })),
    /undeclared reference to 'params'/,
  );
});

test("policies ask the authorizer", () => {
  const asked: AuthorizationCheck[] = [];
  const authorizer = new AuthorizerValue((check) => {
    asked.push(check);
    return { allowed: check.verb === "get", reason: `asked to ${check.verb}` };
  });
  const source =
    "authorizer.group('apps').resource('deployments').subresource('scale').namespace('shop').name('x').check('get').allowed()";
  assert.equal(evaluated(source, { authorizer }), "true");
  assert.equal(
    evaluated("authorizer.serviceAccount('shop', 'bot').path('/healthz').check('post').reason()", { authorizer }),
    `"asked to post"`,
  );
  assert.deepEqual(asked, [
    { verb: "get", group: "apps", resource: "deployments", subresource: "scale", namespace: "shop", name: "x" },
    { verb: "post", path: "/healthz", serviceAccount: { namespace: "shop", name: "bot" } },
  ]);
  const resource = authorizer.with({ group: "", resource: "pods" });
  assert.match(
    evaluated("authorizer.path('/x').resource('pods')", { authorizer }),
    /found no matching overload for 'resource'/,
  );
  const compiled = compile("authorizer.requestResource.check('get').allowed()", ALL);
  assert.ok("program" in compiled && compiled.program.uses.has("authorizer.requestResource"));
  assert.equal(resource.asked.resource, "pods");
});

test("three questions to the authorizer cost more than one expression may", () => {
  const authorizer = new AuthorizerValue(() => ({ allowed: true, reason: "" }));
  const once = "authorizer.path('/x').check('get').allowed()";
  const compiled = compile(`${once} && ${once} && ${once}`, ALL);
  assert.ok("program" in compiled);
  const { program } = compiled;
  assert.throws(() => program.evaluate({ authorizer }, new Run(1_000_000)), CostExceeded);
});

test("variables are evaluated when they are asked for, once, and see those before them", () => {
  const composition = new Composition(ALL);
  assert.equal(composition.define("images", "object.spec.containers.map(c, c.image)"), undefined);
  assert.equal(composition.define("count", "size(variables.images)"), undefined);
  assert.equal(composition.define("broken", "1 / 0"), undefined);
  assert.match(JSON.stringify(composition.define("wrong", "variables.later")), /undefined field 'later'/);
  const compiled = compile("variables.count + variables.count", composition.environment);
  assert.ok("program" in compiled);
  const run = new Run(1_000_000);
  const variables = composition.values({ object }, run);
  assert.equal(showValue(compiled.program.evaluate({ object, variables }, run)), "4");
  // 5 for the sum, 3 for the count, 32 for the images.
  assert.equal(run.cost, 40);
  assert.equal(
    evaluated("variables.broken == 1", { variables }, composition.environment),
    'error: composited variable "broken" fails to evaluate: division by zero',
  );
});
