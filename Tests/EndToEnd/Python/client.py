"""Does with the official Python client what programs do with it; says "ok" and exits with 0 when all of it worked.

usage: client.py KUBECONFIG
"""

import os
import sys
import threading

from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock

NAMESPACE = "python"
LIMIT = 60  # seconds, for whatever is awaited

config.load_kube_config(sys.argv[1])
core, apps, custom = client.CoreV1Api(), client.AppsV1Api(), client.CustomObjectsApi()


def refused(status, call, *arguments, **options):
    """The refusal of a call that must be refused."""
    try:
        call(*arguments, **options)
    except ApiException as error:
        assert error.status == status, f"{error.status} instead of {status}: {error.body}"
        return error
    raise AssertionError(f"{call.__name__} was not refused")


def deployment(replicas):
    return client.V1Deployment(
        metadata=client.V1ObjectMeta(name="web", labels={"app": "web"}),
        spec=client.V1DeploymentSpec(
            replicas=replicas,
            selector=client.V1LabelSelector(match_labels={"app": "web"}),
            template=client.V1PodTemplateSpec(
                metadata=client.V1ObjectMeta(labels={"app": "web"}),
                spec=client.V1PodSpec(containers=[client.V1Container(name="c", image="nginx:1")]),
            ),
        ),
    )


def reads_and_writes():
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
    for number in range(5):
        core.create_namespaced_config_map(
            NAMESPACE,
            client.V1ConfigMap(metadata=client.V1ObjectMeta(name=f"c{number}", labels={"set": "a"}), data={"n": str(number)}),
        )
    page = core.list_namespaced_config_map(NAMESPACE, label_selector="set=a", limit=2)
    names = [item.metadata.name for item in page.items]
    while page.metadata._continue:
        page = core.list_namespaced_config_map(NAMESPACE, label_selector="set=a", limit=2, _continue=page.metadata._continue)
        names += [item.metadata.name for item in page.items]
    assert names == [f"c{number}" for number in range(5)], names

    created = apps.create_namespaced_deployment(NAMESPACE, deployment(2))
    assert created.spec.strategy.type == "RollingUpdate" and created.metadata.generation == 1
    patched = apps.patch_namespaced_deployment("web", NAMESPACE, {"spec": {"replicas": 3}})
    assert patched.spec.replicas == 3 and patched.metadata.generation == 2
    scale = apps.read_namespaced_deployment_scale("web", NAMESPACE)
    scale.spec.replicas = 4
    assert apps.replace_namespaced_deployment_scale("web", NAMESPACE, scale).spec.replicas == 4
    # What was read before is stale now.
    patched.spec.replicas = 1
    refused(409, apps.replace_namespaced_deployment, "web", NAMESPACE, patched)
    refused(404, core.read_namespaced_config_map, "none", NAMESPACE)
    refused(409, core.create_namespace, client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
    dry = core.create_namespaced_config_map(NAMESPACE, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="dry")), dry_run="All")
    assert dry.metadata.uid
    refused(404, core.read_namespaced_config_map, "dry", NAMESPACE)
    core.delete_collection_namespaced_config_map(NAMESPACE, label_selector="set=a")
    assert not core.list_namespaced_config_map(NAMESPACE, label_selector="set=a").items


def watches():
    version = core.list_namespaced_secret(NAMESPACE).metadata.resource_version
    secret = client.V1Secret(metadata=client.V1ObjectMeta(name="s"), string_data={"k": "v"})
    core.create_namespaced_secret(NAMESPACE, secret)
    core.patch_namespaced_secret("s", NAMESPACE, {"metadata": {"labels": {"a": "b"}}})
    core.delete_namespaced_secret("s", NAMESPACE)
    seen, stream = [], watch.Watch()
    for event in stream.stream(core.list_namespaced_secret, NAMESPACE, resource_version=version, timeout_seconds=LIMIT):
        seen.append((event["type"], event["object"].metadata.name))
        if event["type"] == "DELETED":
            stream.stop()
    assert seen == [("ADDED", "s"), ("MODIFIED", "s"), ("DELETED", "s")], seen


def custom_resources():
    # As a dictionary: the client's own types differ from release to release.
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {"size": {"type": "integer", "minimum": 1}},
                "x-kubernetes-validations": [{"rule": "self.size < 10", "message": "too big"}],
            }
        },
    }
    client.ApiextensionsV1Api().create_custom_resource_definition(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "gears.example.io"},
            "spec": {
                "group": "example.io",
                "scope": "Namespaced",
                "names": {"plural": "gears", "kind": "Gear"},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
            },
        }
    )
    established = watch.Watch()
    for event in established.stream(client.ApiextensionsV1Api().list_custom_resource_definition, timeout_seconds=LIMIT):
        status = event["object"].status
        conditions = status.conditions or [] if status else []
        if any(condition.type == "Established" and condition.status == "True" for condition in conditions):
            established.stop()

    def gear(size):
        return {"apiVersion": "example.io/v1", "kind": "Gear", "metadata": {"name": "g"}, "spec": {"size": size}}

    place = ("example.io", "v1", NAMESPACE, "gears")
    assert "too big" in refused(422, custom.create_namespaced_custom_object, *place, gear(10)).body
    refused(422, custom.create_namespaced_custom_object, *place, gear(0))
    custom.create_namespaced_custom_object(*place, gear(3))
    changed = custom.patch_namespaced_custom_object(*place, "g", {"spec": {"size": 4}})
    assert changed["spec"]["size"] == 4
    assert [item["metadata"]["name"] for item in custom.list_namespaced_custom_object(*place)["items"]] == ["g"]
    custom.delete_namespaced_custom_object(*place, "g")


def leads():
    led, ended = threading.Event(), threading.Event()

    def election(identity):
        lock = ConfigMapLock("leader", NAMESPACE, identity)
        settings = electionconfig.Config(
            lock,
            lease_duration=3,
            renew_deadline=2,
            retry_period=1,
            onstarted_leading=lambda: led.set(),
            onstopped_leading=lambda: ended.set(),
        )
        return leaderelection.LeaderElection(settings)

    # It goes on for as long as the program does.
    threading.Thread(target=election("first").run, daemon=True).start()
    assert led.wait(LIMIT), "nobody leads"
    record = core.read_namespaced_config_map("leader", NAMESPACE).metadata.annotations
    assert '"first"' in record["control-plane.alpha.kubernetes.io/leader"]


reads_and_writes()
watches()
custom_resources()
leads()
print("ok", flush=True)
# The thread that leads goes on, and writes as it does: Python's own way to end would wait for it, or stumble over it.
os._exit(0)
