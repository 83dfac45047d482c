"""Uses the Python client of the Kubernetes project against the cluster of the kubeconfig named; says what it saw."""

import sys

from kubernetes import client, config, dynamic, stream, utils, watch

NAMESPACE = "default"
PATIENCE_SECONDS = 60


def maps(core: client.CoreV1Api) -> None:
    """Watches a ConfigMap come, changes it by patch and by apply, and learns that it is gone."""
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


def pages(core: client.CoreV1Api) -> None:
    """Lists in chunks, then watches from the version the list was of."""
    for i in range(5):
        metadata = client.V1ObjectMeta(name=f"page-{i}", labels={"by": "py"})
        core.create_namespaced_config_map(NAMESPACE, client.V1ConfigMap(metadata=metadata))
    names, token, sizes = [], None, []
    while True:
        page = core.list_namespaced_config_map(NAMESPACE, label_selector="by=py", limit=2, _continue=token)
        names += [item.metadata.name for item in page.items]
        sizes.append(len(page.items))
        token = page.metadata._continue
        if not token:
            break
    print("paged", sizes, len(set(names)))
    version = page.metadata.resource_version
    core.delete_collection_namespaced_config_map(NAMESPACE, label_selector="by=py")
    deleted = set()
    watcher = watch.Watch()
    for event in watcher.stream(
        core.list_namespaced_config_map, NAMESPACE, label_selector="by=py", resource_version=version, timeout_seconds=30
    ):
        assert event["type"] == "DELETED", event["type"]
        deleted.add(event["object"].metadata.name)
        if len(deleted) == len(names):
            watcher.stop()
    print("deleted", len(deleted))


def rollout(apps: client.AppsV1Api, core: client.CoreV1Api) -> None:
    """Makes a Deployment from a manifest, waits for it, scales it, and speaks to one of its pods."""
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "py"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "py"}},
            "template": {
                "metadata": {"labels": {"app": "py"}},
                "spec": {"containers": [{"name": "main", "image": "app:1"}]},
            },
        },
    }
    utils.create_from_dict(client.ApiClient(), manifest, namespace=NAMESPACE)
    apps.patch_namespaced_deployment_scale("py", NAMESPACE, {"spec": {"replicas": 2}})
    watcher = watch.Watch()
    for event in watcher.stream(apps.list_namespaced_deployment, NAMESPACE, timeout_seconds=PATIENCE_SECONDS):
        if event["object"].status.ready_replicas == 2:
            watcher.stop()
            print("ready", event["object"].spec.replicas)
    pod = core.list_namespaced_pod(NAMESPACE, label_selector="app=py").items[0].metadata.name
    session = {"command": ["greet"], "stdout": True, "stderr": True, "stdin": False, "tty": False}
    print("exec", stream.stream(core.connect_get_namespaced_pod_exec, pod, NAMESPACE, **session).strip())
    print("log", core.read_namespaced_pod_log(pod, NAMESPACE, tail_lines=1).strip())


def main(kubeconfig: str) -> None:
    config.load_kube_config(kubeconfig)
    core = client.CoreV1Api()
    maps(core)
    pages(core)
    rollout(client.AppsV1Api(), core)


main(sys.argv[1])
