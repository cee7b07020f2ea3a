"""The application object of a service: built once a container, given to every worker, closed at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from nameko.extensions import DependencyProvider

A = TypeVar("A")


class Uses(DependencyProvider, Generic[A]):
    """`Uses(Logins.from_env)` calls the factory with the `HIKARI_*` mapping; `close()` of what it built ends it.

    Clients that the application itself needs are named here too, `Uses(Dialogues.from_env, auth=Client("auth",
    AuthApi))`, and reach the factory as keyword arguments.
    """

    application: A

    def __init__(self, factory: Callable[..., A], **clients: Any) -> None:
        self.factory = factory
        self._client_names = tuple(clients)
        self._before_close: list[Callable[[], None]] = []
        self._open = False
        for name, client in clients.items():
            setattr(self, name, client)  # as an attribute nameko finds and binds it

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> Uses[A]: ...
        @overload
        def __get__(self, instance: object, owner: type) -> A: ...
        def __get__(self, instance: object | None, owner: type) -> Uses[A] | A: ...

    def bind(self, container: Any, attr_name: str = "") -> Any:
        """One application a container, however many of its parts name it."""
        bound = container.shared_extensions.get(self)
        if bound is None:
            bound = container.shared_extensions[self] = super().bind(container, attr_name)
        elif attr_name:
            bound.attr_name = self.attr_name = attr_name
        return bound

    def setup(self) -> None:
        clients = {name: getattr(self, name).remote for name in self._client_names}
        self.application = self.factory(self.container.config["HIKARI"], **clients)
        self._open = True

    def before_close(self, finish: Callable[[], None]) -> None:
        """Have `finish` called, and waited for, before the application is closed."""
        self._before_close.append(finish)

    def stop(self) -> None:
        if not self._open:
            return  # nameko stops a part as often as it is named
        self._open = False
        for finish in self._before_close:
            finish()
        close = getattr(self.application, "close", None)
        if close is not None:
            close()

    def get_dependency(self, worker_ctx: Any) -> A:
        return self.application
