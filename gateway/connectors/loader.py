"""Load the plugins that the settings name, each alone.

The stages: level (in production) -> manifest -> trial in a process of its own -> import -> hooks -> register ->
contract -> services -> settings -> commit.

Whatever fails, fails before the commit, so a broken plugin leaves no trace but its entry in `Registry.quarantined`.
In strict mode the first failure raises `PluginError` instead.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import pluggy
import structlog

from gateway.connectors import hookspecs, manifest, services, sources
from gateway.connectors.api_version import deprecated_uses
from gateway.connectors.connector_settings import Unfit, check_settings, settings_violations
from gateway.connectors.contract import API_VERSION, CAPABILITIES, Connector, Filing, Messaging
from gateway.connectors.contract_checks import contract_violations
from gateway.connectors.error_place import place
from gateway.connectors.import_check import ImportFailure, import_failures
from gateway.connectors.levels import PRODUCTION, Standing, is_bundled, objection, reaches, standing
from gateway.connectors.manifest import ApiMismatch, Manifest, ManifestError, read_manifest
from gateway.connectors.registry import LoadedPlugin, Quarantine, Registrations, Registry, Stage
from gateway.connectors.secrets import BuiltinSecrets
from gateway.connectors.services import Service, read_services
from gateway.connectors.source_imports import SourceLoader, import_from_source
from gateway.connectors.sources import Source
from gateway.connectors.toml_file import shown
from gateway.interrupts import noticed_interrupts
from gateway.settings import Plugins, PortalSettings, Settings, SettingsError
from gateway.telemetry.log_allowance import limit_package

log = structlog.get_logger()

T = TypeVar("T")
_KINDS = ("signers", "secret_sources", "audit_sinks", "commands")


class PluginError(Exception):
    """One plugin cannot be loaded. `reason` says what is wrong with it, `remedy` what its operator or author can do."""

    def __init__(self, plugin: str, stage: Stage, reason: str, remedy: str, trace: str = "") -> None:
        self.plugin = plugin
        self.stage = stage
        self.reason = shown(reason)
        self.remedy = shown(remedy)
        self.trace = shown(trace)
        """The traceback, where the plugin's own code failed."""
        super().__init__(f"{plugin}: {stage}: {self.reason} ({self.remedy})")


def load(settings: Settings) -> Registry:
    """Load everything that `[plugins] enabled` names and `[portals.<id>] enabled` does not switch off.

    Plugins that do not come with the gateway are tried in processes of their own first. Raises `SettingsError` if
    `plugins.isolate` names what is not enabled.
    """
    registry = Registry()
    _take_over(registry, _registrations("gateway", BuiltinSecrets()), "gateway")
    sources.open_namespace(settings.plugins)
    enabled = sources.enabled(settings.plugins)
    if strangers := sorted(set(settings.plugins.isolate) - set(enabled)):
        raise SettingsError(f"plugins.isolate: {', '.join(strangers)}: not among the enabled plugins")
    wanted = {name: candidates for name, candidates in enabled.items() if settings.portal(name).enabled}
    standings = {each[0]: standing(each[0], settings.state_dir) for each in wanted.values() if each}
    refused = {each: error for each, found in standings.items() if (error := _below_level(each, found, settings))}
    tried = [
        source
        for source in standings
        # The conformance kit has tried ours before they were released.
        if source not in refused and not is_bundled(source.folder) and _readable(source)
    ]
    failures = import_failures(settings.plugins, tried)
    for name, candidates in wanted.items():
        attempts: list[Source | None] = [*candidates] or [None]
        for source in attempts:
            found = standings.get(source) if source is not None else None
            try:
                if source is not None and source in refused:
                    raise refused[source]
                _load(name, source, candidates, registry, failures, found, portal=settings.portal(name))
            except PluginError as error:
                if settings.plugins.strict:
                    raise
                registry.quarantined.append(_quarantine(error, source))
    return registry


def load_one(source: Source, plugins: Plugins | None = None, *, tried: bool = False) -> LoadedPlugin | None:
    """Load one plugin by itself, as `load` would. None if it registers no connector. Raises `PluginError`.

    `tried`: this is the process in which it is tried.
    """
    registry = Registry()
    _take_over(registry, _registrations("gateway", BuiltinSecrets()), "gateway")
    reach = plugins or Plugins(folders=(str(source.folder.parent),))
    failures = {} if tried or not _readable(source) else import_failures(reach, [source])
    _load(source.id, source, [source], registry, failures)
    return registry.connectors.get(source.id)


def registry_of(plugin: LoadedPlugin) -> Registry:
    """A registry with this plugin alone, beside what the gateway brings."""
    registry = Registry()
    _take_over(registry, _registrations("gateway", BuiltinSecrets()), "gateway")
    registry.connectors[plugin.manifest.id] = plugin
    return registry


def load_anew(settings: Settings, id: str) -> LoadedPlugin:
    """Load one plugin from its files as they are now, as `load` would; the modules of before are forgotten.

    Raises `PluginError`; what there was of it among the modules the caller has to put back.
    """
    candidates = sources.enabled(settings.plugins).get(id, [])
    failures: dict[Source, ImportFailure] = {}
    found = None
    for source in candidates[:1]:
        found = standing(source, settings.state_dir)
        if (refused := _below_level(source, found, settings)) is not None:
            raise refused
        if _readable(source):
            failures = import_failures(settings.plugins, [source])
        _forget(source.package)
    registry = Registry()
    first = candidates[0] if candidates else None
    _load(id, first, candidates, registry, failures, found, portal=settings.portal(id))
    if id not in registry.connectors:
        raise PluginError(id, "register", "registers no connector any more", "restart the gateway")
    return registry.connectors[id]


def _readable(source: Source) -> bool:
    """Its manifest can be read, so that it may be imported."""
    try:
        with _files_are_readable(source.id):
            _manifest(source)
    except PluginError:
        return False
    return True


def _load(
    name: str,
    source: Source | None,
    candidates: list[Source],
    registry: Registry,
    failures: dict[Source, ImportFailure],
    found: Standing | None = None,
    *,
    portal: PortalSettings | None = None,
) -> None:
    with _files_are_readable(name):
        if source is None:
            raise PluginError(
                name,
                "find",
                "no plugin of this name",
                "check plugins.added, plugins.enabled and plugins.folders, or install its package",
            )
        if source is not candidates[0]:
            reason = f"{source.origin} has the same id as {candidates[0].origin}, which comes first"
            raise PluginError(name, "collision", reason, "rename or remove one of them")
        about = _manifest(source)
        _tell_deprecated(source)
        if (failed := failures.get(source)) is not None:
            _forget(source.package)
            raise PluginError(name, failed.stage, failed.reason, failed.remedy, failed.trace)
        module = _imported(source)
        registrations = _registrations(name, module)
        connector = _connector(name, registrations)
        offered = _services(name, source, connector)
        if connector is not None:
            _check_settings(name, connector, about, portal)
        _take_over(registry, registrations, name)
        limit_package(source.package, name)
        if connector is not None:
            registry.connectors[name] = LoadedPlugin(
                manifest=about,
                connector_class=connector,
                services=offered,
                package=source.package,
                folder=source.folder,
                standing=found or Standing(level=None),
            )


@contextmanager
def _files_are_readable(plugin: str) -> Iterator[None]:
    """What the file system refuses of one plugin's files, and what nobody expected in them, concerns that plugin
    alone."""
    try:
        yield
    except PluginError:
        raise
    except OSError as error:
        reason = f"{error.filename or 'a file of it'} cannot be read: {error.strerror}"
        raise PluginError(plugin, "find", reason, "let the gateway's user read it") from error
    except Exception as error:
        reason = f"its files fail the gateway: {type(error).__name__}"
        trace = "".join(traceback.format_exception(error))
        raise PluginError(plugin, "manifest", reason, "look at the traceback", trace) from error


def _tell_deprecated(source: Source) -> None:
    """In the log, once for each thing that goes away: plugins of others may be older than we are."""
    if is_bundled(source.folder):
        return  # a check keeps ours free of it
    for name, use in {use.deprecation.name: use for use in deprecated_uses(source.folder)}.items():
        log.warning(
            "plugin_uses_deprecated",
            portal=source.id,
            code=name,
            location=f"{use.file}:{use.line}",
            instead=use.deprecation.instead,
            version=str(use.deprecation.gone_in),
        )


def _below_level(source: Source, found: Standing, settings: Settings) -> PluginError | None:
    """In production a plugin below `dependable` is left out, unless the operator has signed an exception."""
    if settings.profile != "production":
        return None
    if (problem := objection(source, found, settings.plugins, datetime.now(UTC).date())) is not None:
        return PluginError(source.id, "level", *problem)
    if not reaches(found.level, PRODUCTION):
        log.warning("plugin_below_level", portal=source.id)
    return None


def _manifest(source: Source) -> Manifest:
    try:
        about = read_manifest(source.folder / manifest.FILENAME)
    except ApiMismatch as error:
        remedy = f"install a release of the plugin that is written for version {API_VERSION} of the contract"
        raise PluginError(source.id, "api", str(error), remedy) from error
    except ManifestError as error:
        raise PluginError(source.id, "manifest", str(error), f"correct {error.path}") from error
    if about.id != source.id:
        reason = f"{manifest.FILENAME}: id: is {about.id!r}, but the plugin is found as {source.id!r}"
        raise PluginError(source.id, "manifest", reason, "give both the same name")
    return about


def _imported(source: Source) -> ModuleType:
    """Import the package, and make sure that it is this one: a process may have loaded another of the same name."""
    present = sys.modules.get(source.package)
    if present is not None and str(source.folder) not in getattr(present, "__path__", ()):
        _forget(source.package)
    importlib.invalidate_caches()
    if not is_bundled(source.folder):
        import_from_source(source.package)
    try:
        with plugin_code(source.id, "import", "make the package importable", source.folder):
            if sources.importable_as_is(source) or not (source.folder / "__init__.py").is_file():
                return importlib.import_module(source.package)
            return _imported_from(source)
    except PluginError:
        _forget(source.package)
        raise


def _imported_from(source: Source) -> ModuleType:
    """Import a package that is on no import path, from its folder and under its name. Those above it are made, so that
    what lies beside it can be imported too."""
    above = source.folder
    for name in reversed(list(accumulate(source.package.split(".")[:-1], "{}.{}".format))):
        above = above.parent
        if name not in sys.modules:
            made = importlib.machinery.ModuleSpec(name, None, is_package=True)
            made.submodule_search_locations = [str(above)]
            sys.modules[name] = importlib.util.module_from_spec(made)
    path = str(source.folder / "__init__.py")
    spec = importlib.util.spec_from_file_location(
        source.package, path, loader=SourceLoader(source.package, path), submodule_search_locations=[str(source.folder)]
    )
    assert spec is not None  # of a file that is there
    assert spec.loader is not None
    module = sys.modules[source.package] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    parent, _, name = source.package.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], name, module)
    return module


def _forget(package: str) -> None:
    for name in [name for name in list(sys.modules) if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


def _registrations(plugin: str, implementation: object) -> Registrations:
    """Let one plugin register into a list of its own, through a plugin manager of its own."""
    probe = pluggy.PluginManager(hookspecs.PROJECT)
    probe.add_hookspecs(hookspecs)
    known = [name for name, _ in inspect.getmembers(hookspecs, inspect.isfunction) if name.startswith("gateway_")]
    with plugin_code(plugin, "hooks", f"the hooks are {', '.join(known)}"):
        probe.register(implementation, name=plugin)
        probe.check_pending()
        for name in dir(implementation):
            if name.startswith("gateway_") and probe.parse_hookimpl_opts(implementation, name) is None:
                raise TypeError(f"{name} is not marked with @hookimpl")
    registrations = Registrations()
    with plugin_code(plugin, "register", "what a hook registers must have the type that the hook's signature says"):
        hook = probe.hook
        hook.gateway_register_connectors(register=_connector_register(registrations.connectors))
        hook.gateway_register_notifiers(register=_connector_register(registrations.connectors, Messaging))
        hook.gateway_register_signers(register=_register(registrations.signers))
        hook.gateway_register_secret_sources(register=_register(registrations.secret_sources))
        hook.gateway_register_audit_sinks(register=_register(registrations.audit_sinks))
        if hook.gateway_register_commands.get_hookimpls():
            import click  # only a plugin with commands needs it

            group = click.Group()
            hook.gateway_register_commands(cli=group)
            registrations.commands.update(group.commands)
    return registrations


def _connector_register(found: list[type[Connector]], needed: type = object) -> Callable[[type[Connector]], None]:
    """`needed`: a capability that the class must have."""

    def register(connector: object) -> None:
        if not (inspect.isclass(connector) and issubclass(connector, Connector)):
            raise TypeError(f"register({connector!r}): not a subclass of Connector")
        if not issubclass(connector, needed):
            raise TypeError(f"register({connector!r}): does not inherit {needed.__name__}")
        found.append(connector)

    return register


def _register(found: dict[str, T]) -> Callable[[str, T], None]:
    def register(kind: str, value: T) -> None:
        if not callable(value):
            raise TypeError(f"register({kind!r}, ...): not callable")
        if kind in found:
            raise ValueError(f"register({kind!r}, ...): registered twice")
        found[kind] = value

    return register


def _connector(plugin: str, registrations: Registrations) -> type[Connector] | None:
    if not registrations.connectors:
        if not any(getattr(registrations, kind) for kind in _KINDS):
            raise PluginError(plugin, "register", "registers nothing", "register the connector class in __init__.py")
        return None
    if len(registrations.connectors) > 1:
        names = ", ".join(each.__name__ for each in registrations.connectors)
        raise PluginError(plugin, "register", f"registers {names}", "one plugin is one portal: register one class")
    (connector,) = registrations.connectors
    remedy = f"write it as gateway/connectors/contract.py has it ({', '.join(c.__name__ for c in CAPABILITIES)})"
    with plugin_code(plugin, "contract", remedy):
        broken = list(contract_violations(connector))
    if broken:
        raise PluginError(plugin, "contract", "; ".join(broken), remedy)
    return connector


def _check_settings(plugin: str, connector: type[Connector], about: Manifest, portal: PortalSettings | None) -> None:
    """What the class declares, and whether what the operator gave fits it."""
    broken = list(settings_violations(connector, about))
    if broken:
        remedy = "declare them as ConnectorSettings in gateway/connectors/contract.py says"
        raise PluginError(plugin, "contract", "; ".join(broken), remedy)
    try:
        check_settings(connector, about.options, portal.options if portal is not None else {})
    except Unfit as error:
        remedy = f"correct [portals.{plugin}.options]; `mre-gateway connector show {plugin}` lists the settings"
        raise PluginError(plugin, "settings", str(error), remedy) from error


def _services(plugin: str, source: Source, connector: type[Connector] | None) -> dict[str, Service]:
    path = source.folder / services.FILENAME
    files = connector is not None and issubclass(connector, Filing)
    if not path.exists() and not files:
        return {}
    try:
        found = read_services(path, plugin)
    except ManifestError as error:
        raise PluginError(plugin, "services", str(error), f"correct {path}") from error
    if files and not found:
        raise PluginError(plugin, "services", f"{path.name} names no service", "add a table for each service")
    if found and not files:
        reason = f"{path.name} names services, but the connector takes no demands"
        raise PluginError(plugin, "services", reason, "inherit Filing, or leave the file empty")
    return found


def _take_over(registry: Registry, registrations: Registrations, plugin: str) -> None:
    for kind in _KINDS:
        for name in getattr(registrations, kind):
            if name in getattr(registry, kind):
                reason = f"registers {name!r} among {kind.replace('_', ' ')}, which is taken already"
                raise PluginError(plugin, "collision", reason, "choose another name")
    for kind in _KINDS:
        getattr(registry, kind).update(getattr(registrations, kind))


@contextmanager
def plugin_code(plugin: str, stage: Stage, remedy: str, folder: Path | None = None) -> Iterator[None]:
    """Whatever a plugin's code raises here, `sys.exit` included, is the plugin's failure and nobody else's."""
    with noticed_interrupts() as interrupted:
        try:
            yield
        except BaseException as error:
            if interrupted():
                raise
            raise _plugins_own(error, plugin, stage, remedy, folder) from error


def _plugins_own(error: BaseException, plugin: str, stage: Stage, remedy: str, folder: Path | None) -> PluginError:
    try:
        reason = f"{type(error).__name__}: {error}"
    except Exception:  # an error of the plugin's own, whose text is code
        reason = type(error).__name__
    where = _place(error, folder) if folder is not None else ""
    told = f"correct {where}" if where else remedy
    return PluginError(plugin, stage, reason, told, "".join(traceback.format_exception(error)))


def _place(error: BaseException, folder: Path) -> str:
    """The last line of the plugin's own that was running, `/path/connector.py:12`."""
    found = place(error, folder)
    return f"{found[0]}:{found[1]}" if found is not None and found[0].is_relative_to(folder) else ""


def _quarantine(error: PluginError, source: Source | None) -> Quarantine:
    listed: dict[str, Service] = {}
    if source is not None and error.stage != "collision":
        with suppress(ManifestError, OSError, ValueError, RecursionError):
            listed = read_services(source.folder / services.FILENAME, error.plugin)
    return Quarantine(
        id=error.plugin,
        stage=error.stage,
        reason=error.reason,
        remedy=error.remedy,
        trace=error.trace,
        origin=source.origin if source is not None else "",
        services=listed,
    )
