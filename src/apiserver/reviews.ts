import type { HttpResponse } from "#base/http.ts";
import type { AnyKind } from "#api/object.ts";
import { SelfSubjectReview } from "#api/authentication/selfsubjectreview.ts";
import { TokenReview } from "#api/authentication/tokenreview.ts";
import { LocalSubjectAccessReview } from "#api/authorization/localsubjectaccessreview.ts";
import { SelfSubjectAccessReview } from "#api/authorization/selfsubjectaccessreview.ts";
import { SelfSubjectRulesReview } from "#api/authorization/selfsubjectrulesreview.ts";
import { SubjectAccessReview } from "#api/authorization/subjectaccessreview.ts";
import { invalidError } from "#api/schema/errors.ts";
import { formatTime } from "#api/time.ts";
import { MASTERS_GROUP, tokenUser, type User } from "./authentication.ts";
import type { Attributes } from "./authorization.ts";
import { objectIn, readDocument } from "./body.ts";
import type { Call, VerbHandler } from "./context.ts";
import { respondPlain } from "./respond.ts";
import { badRequest, invalid } from "./status_error.ts";
import { writeOptions } from "./write_options.ts";

/*
 * Reviews are questions in the form of objects: creating one answers it, nothing is stored.
 */

/** The body as a review of the call's kind. */
function reviewIn<T>(call: Call): T {
  const { request, kind, warnings } = call;
  const options = writeOptions(request, "CreateOptions");
  return objectIn(kind, readDocument(request, kind), options.fieldValidation, warnings) as T;
}

function answer(call: Call, review: object, status: unknown): HttpResponse {
  return respondPlain(call.request, 201, { ...review, status }, call.kind.schema);
}

/** Who am I. */
const selfSubjectReview: VerbHandler = async (call) => {
  const review = reviewIn<SelfSubjectReview>(call);
  review.metadata.creationTimestamp = formatTime(call.server.clock.now());
  return answer(call, review, { userInfo: userInfo(call.user) });
};

/** May I. */
const selfSubjectAccessReview: VerbHandler = async (call) => {
  const review = reviewIn<SelfSubjectAccessReview>(call);
  return answer(call, review, decide(call, review.spec, call.user));
};

/** May somebody. */
const subjectAccessReview: VerbHandler = async (call) => {
  const review = reviewIn<SubjectAccessReview>(call);
  const { user = "", uid = "", groups = [], extra = {} } = review.spec;
  if (user === "" && groups.length === 0) {
    const error = invalidError("spec.user", user, "at least one of user or group must be specified");
    throw invalid(call.kind, "", [error]);
  }
  const namespace = review.spec.resourceAttributes?.namespace ?? "";
  if (call.info.namespace !== "" && namespace !== call.info.namespace) {
    const why = `must match metadata.namespace`;
    throw invalid(call.kind, "", [invalidError("spec.resourceAttributes.namespace", namespace, why)]);
  }
  return answer(call, review, decide(call, review.spec, { name: user, uid, groups, extra }));
};

type Question = Pick<SelfSubjectAccessReview["spec"], "resourceAttributes" | "nonResourceAttributes">;

function decide(call: Call, question: Question, user: User) {
  const { allowed, reason } = call.server.authorizer(attributesOf(call, question, user));
  return { allowed, ...(reason !== "" && { reason }) };
}

function attributesOf({ kind }: Call, question: Question, user: User): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: other } = question;
  if ((resource === undefined) === (other === undefined)) {
    const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    throw invalid(kind, "", [invalidError("spec.resourceAttributes", resource, why)]);
  }
  return {
    user,
    verb: resource?.verb ?? other?.verb ?? "",
    isResource: resource !== undefined,
    path: other?.path ?? "",
    group: resource?.group ?? "",
    resource: resource?.resource ?? "",
    subresource: resource?.subresource ?? "",
    namespace: resource?.namespace ?? "",
    name: resource?.name ?? "",
  };
}

/** What may I, as far as it can be listed: administrators everything, others what everybody may. */
const selfSubjectRulesReview: VerbHandler = async (call) => {
  const review = reviewIn<SelfSubjectRulesReview>(call);
  if ((review.spec.namespace ?? "") === "") throw badRequest("no namespace on request");
  const isAdmin = call.user.groups.includes(MASTERS_GROUP);
  const selfReviews = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"];
  const status = {
    resourceRules: isAdmin
      ? [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }]
      : [
          { verbs: ["create"], apiGroups: ["authorization.k8s.io"], resources: selfReviews },
          { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
        ],
    nonResourceRules: isAdmin
      ? [{ verbs: ["*"], nonResourceURLs: ["*"] }]
      : [
          {
            verbs: ["get"],
            nonResourceURLs: [
              "/api",
              "/api/*",
              "/apis",
              "/apis/*",
              "/healthz",
              "/livez",
              "/openapi",
              "/openapi/*",
              "/readyz",
              "/version",
              "/version/",
            ],
          },
        ],
    incomplete: false,
  };
  return answer(call, review, status);
};

/** Whose token is this. */
const tokenReview: VerbHandler = async (call) => {
  const review = reviewIn<TokenReview>(call);
  const { token = "", audiences = [] } = review.spec;
  const user = await tokenUser(token, call.server.tokens, audiences.length > 0 ? audiences : undefined);
  const status =
    user === undefined
      ? { user: {}, error: "invalid bearer token" }
      : { authenticated: true, user: userInfo(user), ...(user.audiences && { audiences: user.audiences }) };
  return answer(call, review, status);
};

function userInfo(user: User) {
  return {
    username: user.name,
    ...(user.uid !== "" && { uid: user.uid }),
    groups: user.groups,
    ...(Object.keys(user.extra).length > 0 && { extra: user.extra }),
  };
}

/** Kinds whose creation is answered here. */
export const REVIEWS: ReadonlyMap<AnyKind, VerbHandler> = new Map<AnyKind, VerbHandler>([
  [SelfSubjectReview, selfSubjectReview],
  [SelfSubjectAccessReview, selfSubjectAccessReview],
  [SubjectAccessReview, subjectAccessReview],
  [LocalSubjectAccessReview, subjectAccessReview],
  [SelfSubjectRulesReview, selfSubjectRulesReview],
  [TokenReview, tokenReview],
]);
