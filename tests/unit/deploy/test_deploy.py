"""What is deployed: valid by its schemas, and in keeping with the settings and the server's answers."""

import json
import re
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from vicinal.server.runtime.health import LIVE, READY
from vicinal.server.settings import ENVIRONMENT_PREFIX, Settings

REPOSITORY = Path(__file__).parents[3]
DEPLOY = REPOSITORY / "deploy"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()
VARIABLES = {ENVIRONMENT_PREFIX + name.upper() for name in Settings.model_fields}
WRITTEN = [*KUBERNETES, REPOSITORY / "docker-compose.yml", REPOSITORY / "Dockerfile"]


def _resources():
    return {
        document["kind"]: document
        for path in KUBERNETES
        for document in yaml.safe_load_all(path.read_text())
        if document
    }


def _port(listen):
    return int(listen.rpartition(":")[2])


@pytest.fixture
def pod():
    return _resources()["StatefulSet"]["spec"]["template"]


@pytest.fixture
def container(pod):
    (only,) = pod["spec"]["containers"]
    return only


@pytest.fixture
def compose():
    return yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())


def test_all_that_is_needed_is_there():
    assert {"StatefulSet", "Service", "ConfigMap", "PodDisruptionBudget"} <= set(_resources())


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.name)
def test_kubernetes_takes_it(path):
    documents = list(yaml.safe_load_all(path.read_text()))
    assert documents
    for document in documents:
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


def test_the_schema_would_find_a_mistake():
    wrong = _resources()["Service"]
    wrong["spec"]["portz"] = []
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_only_settings_that_exist_are_set(path):
    assert set(re.findall(r"\bVICINAL_[A-Z_]+", path.read_text())) <= VARIABLES


def test_one_pod_at_most_holds_the_disk():
    stateful = _resources()["StatefulSet"]["spec"]
    assert stateful["replicas"] == 1
    assert stateful["volumeClaimTemplates"][0]["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_labels_meet(pod):
    labels = pod["metadata"]["labels"].items()
    resources = _resources()
    for selector in (
        resources["StatefulSet"]["spec"]["selector"]["matchLabels"],
        resources["Service"]["spec"]["selector"],
        resources["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels
    assert resources["StatefulSet"]["spec"]["serviceName"] == resources["Service"]["metadata"]["name"]


def test_probes_ask_what_the_server_answers(container):
    listen = {each["name"]: each["value"] for each in container["env"]}["VICINAL_LISTEN"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    assert ports["grpc"] == _port(listen)
    probes = {"startupProbe": LIVE, "livenessProbe": LIVE, "readinessProbe": READY}
    for name, service in probes.items():
        command = container[name]["exec"]["command"]
        assert command == ["python", "-m", "vicinal.server.probe", f"--{service}"]


def test_the_pod_may_do_little(pod, container):
    assert pod["spec"]["securityContext"]["runAsNonRoot"]
    assert f"--uid {pod['spec']['securityContext']['runAsUser']}" in DOCKERFILE
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"]


def test_secrets_are_named_and_not_written(pod, container):
    assert any("secretRef" in source for source in container["envFrom"])
    mounted = {volume["name"] for volume in pod["spec"]["volumes"]} | {"data"}
    assert {mount["name"] for mount in container["volumeMounts"]} <= mounted
    assert "Secret" not in _resources()


def test_what_listens_to_others_has_tls_and_keys_or_says_so(pod, container, compose):
    set_here = {each["name"]: each["value"] for each in container["env"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert set_here["VICINAL_TLS_CERTIFICATE"].startswith(mounts["tls"])
    assert set_here["VICINAL_TLS_KEY"].startswith(mounts["tls"])
    assert set_here["VICINAL_KEYS_FILE"].startswith(mounts["keys"])
    secrets = {volume["name"] for volume in pod["spec"]["volumes"] if "secret" in volume}
    assert secrets == {"tls", "keys"}
    assert compose["services"]["vicinal"]["environment"]["VICINAL_INSECURE"] == "true"


def test_it_is_given_longer_to_end_than_it_takes(pod, compose):
    grace = float(_resources()["ConfigMap"]["data"]["VICINAL_SHUTDOWN_GRACE_SECONDS"])
    assert pod["spec"]["terminationGracePeriodSeconds"] > grace
    given = int(compose["services"]["vicinal"]["stop_grace_period"].removesuffix("s"))
    assert given > Settings().shutdown_grace_seconds


def test_compose_joins_server_prometheus_and_grafana(compose):
    services = compose["services"]
    assert set(services) == {"vicinal", "prometheus", "grafana"}
    scraped = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["scrape_configs"][0]
    name, port = scraped["static_configs"][0]["targets"][0].split(":")
    assert int(port) == _port(services[name]["environment"]["VICINAL_METRICS_LISTEN"])
    source = yaml.safe_load((DEPLOY / "grafana/datasource.yml").read_text())["datasources"][0]
    assert source["url"] == "http://prometheus:9090"
    volumes = [volume for service in services.values() for volume in service["volumes"]]
    for volume in volumes:
        where = volume.split(":")[0]
        assert (REPOSITORY / where).exists() if where.startswith("./") else where in compose["volumes"]
    published = [port for service in services.values() for port in service["ports"]]
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_dashboard_stands_where_grafana_looks(compose):
    provider = yaml.safe_load((DEPLOY / "grafana/dashboards.yml").read_text())["providers"][0]
    folder = provider["options"]["path"]
    assert (
        f"./deploy/grafana/vicinal.json:{folder}/vicinal.json:ro" in compose["services"]["grafana"]["volumes"]
    )
    source = yaml.safe_load((DEPLOY / "grafana/datasource.yml").read_text())["datasources"][0]
    board = json.loads((DEPLOY / "grafana/vicinal.json").read_text())
    variable = next(each for each in board["templating"]["list"] if each["type"] == "datasource")
    assert variable["current"]["value"] == source["uid"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_the_image_starts_the_server_itself_and_asks_it_how_it_is():
    assert 'ENTRYPOINT ["vicinal", "serve"]' in DOCKERFILE, "no shell between: signals reach the server"
    assert 'CMD ["python", "-m", "vicinal.server.probe", "--ready"]' in DOCKERFILE
    assert "[service,featurizers,consensus,telemetry]" in DOCKERFILE


def test_what_is_fetched_or_compiled_is_kept_on_the_disk(container):
    set_here = {each["name"]: each["value"] for each in container["env"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    for name in ("VICINAL_DATA_DIR", "TFHUB_CACHE_DIR", "NUMBA_CACHE_DIR"):
        assert set_here[name].startswith(mounts["data"])
        assert f"{name}={set_here[name]}" in DOCKERFILE
