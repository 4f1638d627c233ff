"""The topics of `proto/topics.yaml`, checked, as the event log wants them."""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from servicekit.eventlog import Topic

DEAD_LETTERS = ".dlq"


class TopicsFileError(ValueError):
    """topics.yaml is not as it must be; the message names the file, the place and the rule."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Codec = Literal["none", "gzip", "lz4"]
"""How a topic's records are compressed: what partners read as every client can, the rest as is quick."""


class Extent(_Strict):
    """How wide and how long a topic is."""

    partitions: int = Field(ge=1, le=1000)
    retention_days: int = Field(ge=1, le=3650)
    compression: Codec = "lz4"


class TopicEntry(_Strict):
    """One topic of the file; a name with `{bank}` stands for one topic a bank."""

    name: str = Field(pattern=r"^hearthline(\.[a-z0-9]+|\.\{bank\})+\.v[0-9]+$")
    about: str = Field(min_length=1)
    producer: str = Field(min_length=1)
    consumers: list[str]
    key: str = Field(min_length=1)
    partitions: int | None = Field(default=None, ge=1, le=1000)
    retention_days: int | None = Field(default=None, ge=1, le=3650)
    compression: Codec | None = None
    compacted: bool = False
    dead_letters: bool = True


class TopicsFile(_Strict):
    """The whole file."""

    defaults: Extent
    dead_letters: Extent
    topics: list[TopicEntry] = Field(min_length=1)

    @field_validator("topics")
    @classmethod
    def _once(cls, topics: list[TopicEntry]) -> list[TopicEntry]:
        names = [t.name for t in topics]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{', '.join(twice)} stands there twice")
        return topics


def load_topics(banks: Sequence[str] = (), partitions: int = 0, path: Path | None = None) -> list[Topic]:
    """All topics with their dead letters, one of each bank topic for each of `banks`.

    `partitions` > 0 replaces the file's numbers, for a laptop. TopicsFileError says what is wrong with the file.
    """
    file = read_topics_file(path)
    return [
        topic
        for entry in file.topics
        for name in topic_names(entry.name, banks)
        for topic in _with_dead_letters(name, entry, file, partitions)
    ]


def read_topics_file(path: Path | None = None) -> TopicsFile:
    """The file's contents, by default those of the one that belongs to this version."""
    path = path or _default_path()
    try:
        return TopicsFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise TopicsFileError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise TopicsFileError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, p['loc'])) or 'file'}: {p['msg']}" for p in error.errors()]
        raise TopicsFileError(f"{path}: {'; '.join(problems)}") from error


def codec_of(topic: str) -> Codec:
    """How our records for a topic are compressed; one that the file does not know has the file's default."""
    return next((codec for name, codec in _codecs() if name.fullmatch(topic)), "lz4")


@cache
def _codecs() -> list[tuple[re.Pattern[str], Codec]]:
    file = read_topics_file()
    names = {entry.name: entry.compression or file.defaults.compression for entry in file.topics}
    return [(re.compile(re.escape(name).replace(r"\{bank\}", "[^.]+")), codec) for name, codec in names.items()]


def _default_path() -> Path:
    installed = Path(str(files("servicekit.eventlog") / "topics.yaml"))
    return installed if installed.is_file() else Path(__file__).parents[3] / "proto" / "topics.yaml"


def topic_names(name: str, banks: Sequence[str]) -> list[str]:
    """Names of the topics that an entry's name stands for: one, or one for each bank."""
    return [name.replace("{bank}", bank) for bank in banks] if "{bank}" in name else [name]


def _with_dead_letters(name: str, entry: TopicEntry, file: TopicsFile, partitions: int) -> list[Topic]:
    width = partitions or entry.partitions or file.defaults.partitions
    days = entry.retention_days or file.defaults.retention_days
    topics = [Topic(name, width, timedelta(days=days), entry.compacted)]
    if entry.dead_letters:
        kept = file.dead_letters
        topics.append(Topic(name + DEAD_LETTERS, kept.partitions, timedelta(days=kept.retention_days)))
    return topics
