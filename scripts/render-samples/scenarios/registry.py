"""How a scenario is declared."""

import dataclasses
import typing

ALL = {}


@dataclasses.dataclass
class Scenario:
    build: typing.Callable
    collect: typing.Callable


def scenario(name, collect=None):
    """Declares the decorated function as the builder of the cluster of `name`; `collect` saves what is saved."""

    def declare(build):
        ALL[name] = Scenario(lambda: build(name), collect or (lambda collection: collection.collect()))
        return build

    return declare
