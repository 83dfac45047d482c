/** The Kubernetes version Knarr speaks, as the server reports it. */
export const KNARR_VERSION = "v1.36.3+knarr";
