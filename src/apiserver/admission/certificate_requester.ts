import { CertificateSigningRequest } from "#api/certificates/certificatesigningrequest.ts";
import type { AdmissionStep } from "../admission.ts";

/** Who asks for a certificate is who sent the request, whatever it says itself. */
export const certificateRequester: AdmissionStep = {
  name: "CertificateRequester",
  mutate({ operation, kind, object, user, subresource }) {
    if (operation !== "CREATE" || kind !== CertificateSigningRequest || subresource !== "") return;
    const { spec } = object as unknown as CertificateSigningRequest;
    spec.username = user.name;
    spec.uid = user.uid;
    spec.groups = [...user.groups];
    spec.extra = Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]]));
  },
};
