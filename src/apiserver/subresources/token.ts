import type { HttpResponse } from "#base/http.ts";
import { TokenRequest } from "#api/authentication/tokenrequest.ts";
import { decodable } from "#api/codec/decode.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { Secret } from "#api/core/secret.ts";
import type { ServiceAccount } from "#api/core/serviceaccount.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { invalidError, type FieldError } from "#api/schema/errors.ts";
import { formatTime } from "#api/time.ts";
import { decodeAs, readDocument } from "../body.ts";
import type { Call } from "../context.ts";
import { objectOf, storageKey } from "../object_codec.ts";
import { respondPlain } from "../respond.ts";
import { ISSUER, type Binding } from "../service_account_tokens.ts";
import { badRequest, conflict, invalid, resourceNotFound } from "../status_error.ts";
import { entryAt } from "../stored_object.ts";

const TARGET = decodable(TokenRequest);
const KIND = { group: "authentication.k8s.io", kind: "TokenRequest" };
const SECONDS_MIN = 600;
const SECONDS_MAX = 2 ** 32;

/** POST to `serviceaccounts/NAME/token`. */
export async function requestToken(call: Call): Promise<HttpResponse> {
  const { server, request, info, kind } = call;
  const { accounts } = server;
  if (accounts === undefined) throw resourceNotFound();
  const asked = decodeAs(TARGET, readDocument(request, TARGET));
  const account = objectOf(entryAt(server.store, kind, info.namespace, info.name)) as ServiceAccount;
  const { expirationSeconds: seconds = 3600, audiences, boundObjectRef } = asked.spec;
  const errors = lifeErrors(seconds);
  if (errors.length > 0) throw invalid(KIND, "", errors);
  const wanted = audiences.length > 0 ? audiences : [ISSUER];
  const token = accounts.issue(account, wanted, seconds, boundObjectRef ? bindingOf(call, boundObjectRef) : {});
  const expirationTimestamp = formatTime(server.clock.now() + seconds * 1000);
  const metadata = {
    ...asked.metadata,
    name: info.name,
    namespace: info.namespace,
    creationTimestamp: formatTime(server.clock.now()),
  };
  const spec = { ...asked.spec, audiences: wanted, expirationSeconds: seconds };
  const answer = {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata,
    spec,
    status: { token, expirationTimestamp },
  };
  return respondPlain(request, 201, answer, TokenRequest);
}

function lifeErrors(seconds: number): FieldError[] {
  const refuse = (why: string) => [invalidError("spec.expirationSeconds", seconds, why)];
  if (seconds < SECONDS_MIN) return refuse("may not specify a duration less than 10 minutes");
  return seconds > SECONDS_MAX ? refuse("may not specify a duration larger than 2^32 seconds") : [];
}

/** What a token is to end with. @throws {StatusError} When that is not there, or not what the sender takes it for. */
function bindingOf(call: Call, ref: NonNullable<TokenRequest["spec"]["boundObjectRef"]>): Binding {
  const { server, info } = call;
  const { kind = "", apiVersion = "", name = "", uid: wanted = "" } = ref;
  const found = (of: AnyKind, namespace: string) => {
    const object: KubeObject = objectOf(entryAt(server.store, of, namespace, name));
    const uid = object.metadata.uid ?? "";
    if (wanted === "" || wanted === uid) return { object, named: { name, uid } };
    const why = `the UID in the bound object reference (${wanted}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: "", plural: kind }, name, why);
  };
  if (apiVersion === "v1" && kind === "Secret") return { secret: found(Secret, info.namespace).named };
  if (apiVersion === "v1" && kind === "Node") return { node: found(Node, "").named };
  if (apiVersion !== "v1" || kind !== "Pod") {
    const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
  const { object, named } = found(Pod, info.namespace);
  const { serviceAccountName, nodeName } = (object as Pod).spec;
  if (serviceAccountName !== info.name) {
    const account = JSON.stringify(info.name);
    throw badRequest(
      `cannot bind token for serviceaccount ${account} to pod running with different serviceaccount name.`,
    );
  }
  if (nodeName === undefined) return { pod: named };
  const node = server.store.get(storageKey(Node, "", nodeName));
  const uid = node && objectOf(node).metadata.uid;
  return { pod: named, node: { name: nodeName, ...(uid !== undefined && { uid }) } };
}
