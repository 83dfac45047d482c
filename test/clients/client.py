"""Uses the Python client of the Kubernetes project against the cluster of the kubeconfig named; says what it saw."""

import sys

from kubernetes import client, config, dynamic, watch

NAMESPACE = "default"


def main(kubeconfig: str) -> None:
    config.load_kube_config(kubeconfig)
    core = client.CoreV1Api()
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="py"), data={"a": "b"})
    core.create_namespaced_config_map(NAMESPACE, body)
    watcher = watch.Watch()
    for event in watcher.stream(core.list_namespaced_config_map, NAMESPACE, timeout_seconds=30):
        if event["object"].metadata.name == "py":
            print("watched", event["type"])
            watcher.stop()
    patched = core.patch_namespaced_config_map("py", NAMESPACE, {"data": {"c": "d"}})
    print("patched", sorted(patched.data))
    resource = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version="v1", kind="ConfigMap")
    configuration = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "py"}, "data": {"e": "f"}}
    applied = resource.server_side_apply(namespace=NAMESPACE, name="py", body=configuration, field_manager="py")
    print("applied", sorted(applied.data.to_dict()))
    core.delete_namespaced_config_map("py", NAMESPACE)
    try:
        core.read_namespaced_config_map("py", NAMESPACE)
    except client.exceptions.ApiException as error:
        print("gone", error.status)


main(sys.argv[1])
