import type { ValueOf } from "../schema/schema.ts";
import { EXTRA_VALUE, STRING, list, map, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const UserInfo = object("io.k8s.api.authentication.v1.UserInfo", {
  username: string(1),
  uid: string(2),
  groups: list(3, STRING),
  extra: map(4, EXTRA_VALUE),
});
export interface UserInfo extends ValueOf<typeof UserInfo> {}
