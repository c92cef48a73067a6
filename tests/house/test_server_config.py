"""The configuration in the project's folder can be read, with its comments taken at their word too; and schema, records
and this file name the same settings, with the same defaults."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from gitflow.config import access, clusters, find_config, read_config, settings, sharing
from gitflow.config.paths import CONFIG_NAME
from gitflow.core.durations import seconds
from gitflow.core.record import names_of

#: Section of the schema -> the record that holds it.
SECTIONS = {
    "worker": settings.WorkerConfig,
    "agents": settings.AgentsConfig,
    "cluster": settings.ClusterConfig,
    "cors": settings.CorsConfig,
    "logs": settings.LogsConfig,
    "retention": settings.RetentionConfig,
    "limits": settings.LimitsConfig,
    "telemetry": settings.TelemetryConfig,
    "auth": access.AuthConfig,
}
#: Settings that Config has under another name, and what it has besides settings.
RENAMED = {"db.url": "db_url", "db.synchronous": "synchronous"}
NO_SETTING = {"path", "ignored_state_dir"}


def switched_on(text: str) -> str:
    """With every setting that is commented out."""
    return re.sub(r"^#(?! \S|$)", "", text, flags=re.MULTILINE)


def own(properties):
    """Without the variants that name a file."""
    return {name for name in properties if not (name.endswith("_file") and name.removesuffix("_file") in properties)}


@pytest.fixture(scope="session")
def schema(root):
    return json.loads((root / "schemas" / "server-config.json").read_text())


@pytest.fixture
def whole(root, tmp_path):
    """The file with everything switched on, where its secrets are."""
    text = switched_on((root / CONFIG_NAME).read_text())
    for name in ("shop-token", "shop-push", "jwt", "sso", "admin", "s3"):
        (tmp_path / name).write_text(f"{name}\n")
    path = tmp_path / CONFIG_NAME
    path.write_text(text.replace("/run/secrets/", f"{tmp_path}/"))
    return path


def test_the_default_workspace_is_found_from_the_projects_folder(root):
    path = find_config(str(root))
    assert path == str(root / "server-config.yaml")
    config = read_config(path, {})
    assert config.workspaces["default"].settings["path"] == str(root / "workspaces" / "default")


def test_what_stands_in_comments_is_right_as_well(whole):
    config = read_config(str(whole), {}, for_server=True)
    assert set(config.workspaces) == {"default", "shop"}
    assert config.auth is not None
    assert (config.auth.jwt_secret, config.auth.providers["sso"].client_secret) == ("jwt", "sso")
    assert config.auth.initial_user is not None
    assert config.auth.initial_user.password == "admin"
    assert config.logs.retention == seconds("30d")
    assert config.permissions[0].tasks == ("ops/*",)
    assert config.workspaces["shop"].settings["path"] == "flows"


def test_other_commands_need_no_secret_of_the_server(whole, tmp_path):
    for name in ("jwt", "sso", "admin"):
        (tmp_path / name).unlink()
    assert read_config(str(whole), {}).auth is None


def test_the_environment_wins(root):
    config = read_config(str(root / "server-config.yaml"), {"GITFLOW__WORKSPACES__DEFAULT__PATH": "/elsewhere"})
    assert config.workspaces["default"].settings["path"] == "/elsewhere"


def test_every_setting_of_the_schema_stands_in_the_file(root, schema):
    tree = yaml.safe_load(switched_on((root / CONFIG_NAME).read_text()))

    def missing(shape, value, at):
        for name in own(shape.get("properties", {})):
            if not (value and (name in value or f"{name}_file" in value)):
                yield f"{at}{name}"
            elif isinstance(value.get(name), dict):
                yield from missing(shape["properties"][name], value[name], f"{at}{name}.")

    assert list(missing(schema, tree, "")) == []
    shop, definitions = tree["workspaces"]["shop"], schema["$defs"]
    assert own(definitions["git"]["properties"]) == {name.removesuffix("_file") for name in shop}
    assert set(definitions["oidc"]["properties"]) - {"client_secret"} == set(tree["auth"]["providers"]["sso"])
    assert set(definitions["permission"]["properties"]) == set(tree["permissions"][0])


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_a_record_with_the_same_fields_and_defaults(schema, section):
    properties, kind = schema["properties"][section]["properties"], SECTIONS[section]
    assert own(properties) == set(names_of(kind))
    made = kind()
    for name, shape in properties.items():
        if "default" in shape:
            default = getattr(made, name)
            written = shape["default"]
            written = seconds(written) if isinstance(default, float) else written
            assert (list(default) if isinstance(default, tuple) else default) == written, name


def test_the_settings_of_containers_have_a_record_with_the_same_fields(schema):
    properties = schema["properties"]["worker"]["properties"]["container"]["properties"]
    assert set(properties) == set(names_of(settings.ContainerConfig))
    made = settings.ContainerConfig()
    assert (list(made.mounts), made.host_network) == (
        properties["mounts"]["default"],
        properties["host_network"]["default"],
    )


def test_the_settings_of_artifacts_have_a_record_with_the_same_fields_and_defaults(schema):
    properties = schema["properties"]["artifacts"]["properties"]
    assert set(properties) == set(names_of(sharing.ArtifactsConfig))
    made = sharing.ArtifactsConfig("s3://bucket")
    assert {name: getattr(made, name) for name in properties if name != "url"} == {
        name: shape.get("default") for name, shape in properties.items() if name != "url"
    }


def test_the_settings_of_a_cluster_have_a_record_with_the_same_fields_and_defaults(schema):
    properties = schema["properties"]["worker"]["properties"]["kubernetes"]["properties"]
    assert set(properties) == set(names_of(clusters.KubernetesConfig))
    made = clusters.KubernetesConfig("helper")
    for name, shape in properties.items():
        written = shape.get("default", getattr(made, name))
        default = getattr(made, name)
        written = seconds(written) if isinstance(default, float) else written
        assert (list(default) if isinstance(default, tuple) else default) == (
            list(written) if isinstance(written, tuple) else written
        ), name


def test_the_top_has_a_field_for_each_setting(schema):
    top = {name for name in own(schema["properties"]) if name != "db"} | {"db_url", "synchronous"}
    assert set(names_of(settings.Config)) - NO_SETTING == top
    assert set(RENAMED.values()) <= top
    definitions = schema["$defs"]
    assert own(definitions["oidc"]["properties"]) == set(names_of(access.ProviderConfig))
    assert set(definitions["permission"]["properties"]) == set(names_of(access.PermissionConfig))
    initial = schema["properties"]["auth"]["properties"]["initial_user"]["properties"]
    assert own(initial) == set(names_of(access.InitialUser))


@pytest.mark.parametrize(
    ("text", "environ", "told"),
    [
        ("worker: {slots: '${SLOTS}'}", {"SLOTS": "7"}, 7),
        ("worker: {slots: '${SLOTS}'}", {"SLOTS": "many"}, None),
        ("worker: {slots: '${SLOTS}'}", {"SLOTS": "-1"}, None),
    ],
)
def test_a_variable_that_stands_for_a_number_is_one(tmp_path, text, environ, told):
    path = tmp_path / CONFIG_NAME
    path.write_text(text)
    if told is not None:
        assert read_config(str(path), environ).worker.slots == told
    else:
        with pytest.raises(settings.ConfigError, match="SLOTS"):
            read_config(str(path), environ)


@pytest.mark.parametrize(("value", "is_open"), [("true", True), ("false", False)])
def test_a_variable_that_stands_for_a_boolean_is_one(tmp_path, value, is_open):
    path = tmp_path / CONFIG_NAME
    path.write_text("allow_open: ${OPEN}\npublic_url: ${URL}\nstate_dir: ${DIR}\n")
    config = read_config(str(path), {"OPEN": value, "URL": "http://a", "DIR": "2026"})
    assert (config.allow_open, config.state_dir.endswith("/2026")) == (is_open, True)
