/** One step of the tour: what a person would type, and what to look at in the answer. */
export type DemoStep =
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "kubectl"; readonly args: readonly string[]; readonly expect?: RegExp }
  /** Asks the application; repeated until `until` holds (at most `times`), each answer shown. */
  | { readonly kind: "curl"; readonly times: number; readonly until?: RegExp }
  /** Deletes the first pod of the application. */
  | { readonly kind: "deletePod" };

const kubectl = (line: string, expect?: RegExp): DemoStep => ({
  kind: "kubectl",
  args: line.split(" "),
  ...(expect && { expect }),
});
const say = (text: string): DemoStep => ({ kind: "say", text });

/** The image of a version of the tutorial's application. */
export const demoImage = (version: string) => `080196/hello-app:${version}`;

export const DEMO_VERSIONS = ["v1", "v2", "v3"] as const;

/** The tutorial's manifest, from the repository's root. */
export const DEMO_MANIFEST = "examples/hello-app/hello-deploy.yaml";

/** The tutorial from the first apply to the rollback. Each `expect` must be found in what kubectl prints. */
export const DEMO_STEPS: readonly DemoStep[] = [
  say("Deploy the application: a Deployment of three pods and a Service on port 31000."),
  kubectl(`apply -f ${DEMO_MANIFEST} --record`, /deployment.apps\/hello-app created/),
  kubectl("rollout status deployment hello-app", /successfully rolled out/),
  kubectl("get pods -l app=hello-app -o wide", /(hello-app-\S+\s+1\/1\s+Running[^\n]*\n){3}/),
  { kind: "curl", times: 1, until: /Hello application v1/ },

  say("Update to v2. Old pods go only as new ones answer; nothing is lost on the way."),
  kubectl(`set image deployment hello-app hello-app=${demoImage("v2")} --record`, /image updated/),
  kubectl(
    "rollout status deploy hello-app",
    /Waiting for deployment "hello-app" rollout to finish[^]*successfully rolled out/,
  ),
  { kind: "curl", times: 5, until: /Hello application v2/ },

  say("The old ReplicaSet is kept at 0, ready for a rollback."),
  kubectl("get replicasets -l app=hello-app", /hello-app-\S+\s+0\s+0\s+0/),

  say("Update to v3. It passes every start-up check, and breaks in use: each pod fails from its 4th request on."),
  kubectl(`set image deployment hello-app hello-app=${demoImage("v3")} --record`, /image updated/),
  kubectl("rollout status deploy hello-app", /successfully rolled out/),
  { kind: "curl", times: 40, until: /internal error/ },

  say("Look at the history, and go back to revision 2."),
  kubectl("rollout history deploy hello-app", /\n1 [^]*\n2 [^]*\n3 /),
  kubectl("rollout undo deployment hello-app --to-revision=2", /rolled back/),
  kubectl("rollout status deploy hello-app", /successfully rolled out/),
  { kind: "curl", times: 5, until: /Hello application v2/ },
  say("Revision 2 has become revision 4."),
  kubectl("rollout history deploy hello-app", /\n1 [^]*\n3 [^]*\n4 /),

  say("Delete a pod: the Deployment notices and brings a new one."),
  { kind: "deletePod" },
  kubectl("rollout status deploy hello-app", /successfully rolled out/),
  kubectl("get pods -l app=hello-app", /(hello-app-\S+\s+1\/1\s+Running[^\n]*\n){3}/),
];
