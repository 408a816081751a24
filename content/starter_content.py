"""Puts the starter content into the database, once, and keeps it up to date until it is edited.

An object is created when neither it nor a record of it is there. It is updated only while it
still is what the last load made of it. Edited by staff, it is theirs; deleted, it stays deleted.
"""

import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import slugify

from content.front_matter import parse_starter_file
from content.models import StarterRecord, Text, TextStatus

STARTER = Path(__file__).resolve().parent / "starter"
_EVERYTHING = "*"  # the record of the last whole load


@dataclass
class Item:
    """One object as the files describe it: plain values, and many-to-many keys apart."""

    model: type[models.Model]
    key: dict[str, Any]
    values: dict[str, Any]
    topics: list[str] = field(default_factory=list)
    where: str = ""

    @property
    def identity(self) -> str:
        return f"{self.model._meta.label}:" + "/".join(str(part) for part in self.key.values())


# Model, file and table in it, fields by which an entry is known; or model and folder of Markdown
# texts, each known by its file name. In an order in which what an entry refers to comes before it.
SOURCES = (
    ("programs.ProviderProfile", "provider.toml", "provider", "id"),
    ("programs.CrisisLine", "crisis_lines.toml", "line", "key"),
    ("programs.Location", "provider.toml", "location", "slug"),
    ("programs.Payer", "provider.toml", "payer", "slug"),
    ("programs.LevelOfCare", "levels_of_care.toml", "level", "slug"),
    ("content.Person", "people.toml", "person", "key"),
    ("content.Topic", "topics.toml", "topic", "slug"),
    ("content.Source", "sources.toml", "source", "key"),
    ("content.GlossaryTerm", "glossary.toml", "term", "slug"),
    ("content.Faq", "faq.toml", "faq", "slug"),
    ("admissions.ConsentWording", "consent_wordings.toml", "wording", "topic language version"),
    ("content.Page", "pages"),
    ("content.Article", "articles"),
    ("programs.Program", "programs"),
    ("programs.Component", "components"),
    ("programs.Track", "tracks"),
    ("programs.ScheduleBlock", "schedule.toml", "block", "track weekday start"),
)


def load(folder: Path = STARTER) -> Counter[str]:
    """Load every file of `folder` and return how many objects were created, updated, kept.

    One transaction; ValueError with file and reason where a file is broken. Nothing is read when
    the files are the same as at the last load.
    """
    digest = digest_of_folder(folder)
    last = StarterRecord.objects.filter(identity=_EVERYTHING).first()
    if last and last.digest == digest:
        return Counter({"unchanged": 0})
    counts: Counter[str] = Counter()
    with transaction.atomic():
        for source in SOURCES:
            records = StarterRecord.objects.in_bulk(field_name="identity")
            for item in _items(folder, *source):
                try:
                    counts[_apply(item, records)] += 1
                except ValidationError as error:
                    raise ValueError(f"{item.where}: {error}") from None
        StarterRecord.objects.update_or_create(identity=_EVERYTHING, defaults={"digest": digest})
    return counts


def digest_of_folder(folder: Path) -> str:
    """Return a digest of all files below a folder, their names and their bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.*")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _items(folder: Path, label: str, name: str, table: str = "", key: str = "") -> Iterator[Item]:
    model, path = apps.get_model(label), folder / name
    if not table:
        for text in sorted(path.glob("*.md")):
            front, body, _line = parse_starter_file(text)
            yield _text_item(model, text, front, body)
        return
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get(table, [])
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
    for entry in [{"id": 1, **entries}] if isinstance(entries, dict) else entries:
        if label == "programs.Payer":
            entry.setdefault("slug", slugify(entry.get("name", ""))[:50])
        missing = [one for one in key.split() if one not in entry]
        if missing:
            raise ValueError(f"{path}: an entry of {table!r} has no {missing[0]!r}")
        values = _values(model, entry, str(path))
        known_by: list[Any] = [model._meta.get_field(one) for one in key.split()]
        keys = {one.attname: values.pop(one.attname) for one in known_by}
        yield Item(model, keys, values, where=str(path))


def _text_item(model: type[models.Model], path: Path, front: dict[str, Any], body: str) -> Item:
    day = front.pop("published_on", None)
    if not isinstance(day, date):
        raise ValueError(f"{path}: published_on must be a date, such as 2026-11-21")
    topics = sorted(set(front.pop("topics", [])))
    for topic in topics:
        _reference(apps.get_model("content.Topic"), topic, str(path))
    values = {
        # A review that staff enter makes the text theirs: it is not changed under that name.
        "reviewer_id": None,
        "reviewed_on": None,
        **_values(model, front, str(path)),
        "body": body,
        "status": TextStatus.PUBLISHED,
        "published_at": timezone.make_aware(datetime.combine(day, time(6))),
    }
    return Item(model, {"slug": path.stem}, values, topics, str(path))


def _values(model: type[models.Model], entry: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the entry with references turned into ids; unknown names are refused."""
    values: dict[str, Any] = {}
    known = {one.name: one for one in model._meta.concrete_fields}
    for name, value in entry.items():
        if model._meta.label == "content.GlossaryTerm" and name == "sources":
            continue  # cited in the text itself
        if name not in known:
            raise ValueError(f"{where}: {model._meta.label} has no field {name!r}")
        target = known[name].remote_field
        if target is None:
            values[name] = value
        else:
            values[known[name].attname] = _reference(target.model, value, where)
    return values


def _reference(model: type[models.Model], key: str, where: str) -> int | None:
    if not key:
        return None
    name = "key" if "key" in {one.name for one in model._meta.fields} else "slug"
    found = model._default_manager.filter(**{name: key}).values_list("pk", flat=True).first()
    if found is None:
        raise ValueError(f"{where}: no {model._meta.verbose_name} {key!r}")
    return found


def _apply(item: Item, records: dict[str, StarterRecord]) -> str:
    found = item.model._default_manager.filter(**item.key).first()
    record = records.get(item.identity)
    if found is None and record is not None:
        return "deleted by staff"
    if found is not None and (
        record is None
        or record.digest != _digest_of_object(found, record.fields, _topics_of(found))
    ):
        return "kept as edited"
    changed = found or item.model(**item.key)
    for name, value in item.values.items():
        setattr(changed, name, value)
    changed.clean_fields()
    changed.validate_constraints()
    fields = sorted(item.values)
    digest = _digest_of_object(changed, fields, item.topics)
    if record is not None and (record.fields, record.digest) == (fields, digest):
        return "unchanged"  # not saved: its time of change, which pages and feeds show, stays
    changed.save()
    if isinstance(changed, Text):
        changed.topics.set(apps.get_model("content.Topic").objects.filter(slug__in=item.topics))
    StarterRecord.objects.update_or_create(
        identity=item.identity, defaults={"fields": fields, "digest": digest}
    )
    return "created" if found is None else "updated"


def _topics_of(found: models.Model) -> list[str]:
    if not isinstance(found, Text):
        return []
    return sorted(found.topics.values_list("slug", flat=True))


def _digest_of_object(found: models.Model, fields: list[str], topics: list[str]) -> str:
    """Return a digest of the fields that the starter content set, as the object has them now.

    The names are kept with the record: a later release may set more or fewer.
    """
    values = {}
    for name in fields:
        value = getattr(found, name, None)
        values[name] = value.astimezone(UTC) if isinstance(value, datetime) else value
    if isinstance(found, Text):
        values["topics"] = topics
    text = json.dumps(values, cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
