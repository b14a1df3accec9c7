"""Jinja templates that fail on any name they are not given."""

from __future__ import annotations

from functools import lru_cache

import jinja2

from tinydeploy.tools import data_dir


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(data_dir("templates")),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(template: str, **values: object) -> str:
    """The text of `templates/<template>` with `values`."""
    return _environment().get_template(template).render(**values)
