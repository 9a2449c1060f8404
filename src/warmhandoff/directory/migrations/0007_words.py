from typing import Any

from django.db import migrations, models

from warmhandoff.directory.searching import drop_index, index_again, raise_index
from warmhandoff.directory.words import facets_of, words_of


_FILLED = ["name_words", "more_words", "facets", "city", "zip"]


def fill(apps: Any, schema_editor: Any) -> None:
    """Words and facets of the listings there are. They are derived, so today's way of deriving them is the right one."""
    listing = apps.get_model("directory", "Listing")
    batch = []
    for row in listing.objects.only("id", "facts_now", "city", "zip").iterator(chunk_size=500):
        row.name_words, row.more_words = words_of(row.facts_now)
        row.facets = facets_of(row.facts_now)
        if row.facts_now.get("confidential", {}).get("value"):
            row.city = row.zip = ""
        batch.append(row)
        if len(batch) == 200:
            listing.objects.bulk_update(batch, _FILLED)
            batch = []
    listing.objects.bulk_update(batch, _FILLED)


def index(apps: Any, schema_editor: Any) -> None:
    raise_index()
    index_again()


def no_index(apps: Any, schema_editor: Any) -> None:
    drop_index()


def _text(help_text: str) -> models.TextField:
    return models.TextField(blank=True, db_default="", default="", help_text=help_text)


class Migration(migrations.Migration):

    dependencies = [
        ("directory", "0006_weights"),
    ]

    operations = [
        migrations.AddField("listing", "name_words", _text("The words of its names, as they are looked up.")),
        migrations.AddField("listing", "more_words", _text("Its other words.")),
        migrations.AddField("listing", "facets", _text("What it is counted under, and until when.")),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(index, no_index),
    ]
