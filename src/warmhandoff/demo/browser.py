"""A small browser for the walk: it follows links, fills in forms as a person would, and keeps cookies. No script.

Only what the walk needs, over the standard library: pages are read as people get them, and a form is sent with every
field it holds, so the walk breaks when a page does.
"""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar


@dataclass
class Form:
    """A form as it stands on a page: `fields` hold what would be sent now; `choices` what else may be."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # name -> (value, label)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # name, value, text


@dataclass
class Page:
    url: str
    status: int
    body: bytes
    kind: str
    title: str = ""
    text: str = ""
    forms: list[Form] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)  # address, text

    def form(self, action: str, **held: str) -> Form:
        """The first form whose address ends with `action` and which holds these fields with these values."""
        for form in self.forms:
            here = urllib.parse.urlsplit(form.action).path.rstrip("/").endswith(action.rstrip("/"))
            if here and all(form.fields.get(name) == [value] for name, value in held.items()):
                return form
        raise LookupError(f"no form for {action} on {self.url}; there are {[form.action for form in self.forms]}")

    def link(self, ending: str) -> str:
        """The first link whose address ends with `ending`."""
        for address, _ in self.links:
            if urllib.parse.urlsplit(address).path.rstrip("/").endswith(ending.rstrip("/")):
                return address
        raise LookupError(f"no link to {ending} on {self.url}")


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page, self.words = page, []  # type: Page, list[str]
        self.form: Form | None = None
        self.select: str | None = None
        self.select_many = False
        self.option: tuple[str, bool] | None = None
        self.textarea: str | None = None
        self.button: tuple[str, str] | None = None
        self.anchor: str | None = None
        self.caught: list[str] = []
        self.quiet = 0
        self.in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self.quiet += 1
        elif tag == "title":
            self.in_title = True
        elif tag == "a" and "href" in given:
            self.anchor, self.caught = urllib.parse.urljoin(self.page.url, given["href"]), []
        elif tag == "form":
            address = urllib.parse.urljoin(self.page.url, given.get("action") or self.page.url)
            self.form = Form(address, given.get("method", "get").lower())
            self.page.forms.append(self.form)
        elif self.form is not None:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        assert self.form is not None
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "input" and name and given.get("type", "text") not in ("submit", "button", "image", "file"):
            self._input(name, value, given)
        elif tag == "select":
            self.select, self.select_many = name, "multiple" in given
        elif tag == "option" and self.select is not None:
            self.option, self.caught = (given.get("value", "\0"), "selected" in given), []
        elif tag == "textarea":
            self.textarea, self.caught = name, []
        elif tag == "button" and given.get("type", "submit") == "submit":
            self.button, self.caught = (name, value), []

    def _input(self, name: str, value: str, given: dict[str, str]) -> None:
        assert self.form is not None
        if given.get("type") in ("checkbox", "radio"):
            value = given.get("value", "on")
            self.form.choices.setdefault(name, []).append((value, given.get("id", "")))
            if "checked" in given:
                self.form.fields.setdefault(name, []).append(value)
        else:
            self.form.fields.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        text = " ".join("".join(self.caught).split())
        if tag in ("script", "style"):
            self.quiet -= 1
        elif tag == "title":
            self.in_title = False
        elif tag == "a" and self.anchor is not None:
            self.page.links.append((self.anchor, text))
            self.anchor = None
        elif tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif self.form is not None:
            self._end_field(tag, text)

    def _end_field(self, tag: str, text: str) -> None:
        assert self.form is not None
        if tag == "option" and self.option is not None and self.select is not None:
            value = text if self.option[0] == "\0" else self.option[0]
            first = self.select not in self.form.choices
            self.form.choices.setdefault(self.select, []).append((value, text))
            if self.option[1]:
                self.form.fields[self.select] = [*self.form.fields.get(self.select, []), value]
                if not self.select_many:
                    self.form.fields[self.select] = [value]
            elif first and not self.select_many:
                self.form.fields[self.select] = [value]  # browsers send the first option when none is selected
            self.option = None
        elif tag == "textarea" and self.textarea is not None:
            self.form.fields.setdefault(self.textarea, []).append("".join(self.caught).removeprefix("\n"))
            self.textarea = None
        elif tag == "button" and self.button is not None:
            self.form.buttons.append((*self.button, text))
            self.button = None

    def handle_data(self, data: str) -> None:
        if self.in_title:
            self.page.title += data
        elif not self.quiet:
            self.words.append(data)
            self.caught.append(data)


def read(page: Page) -> None:
    """Fill in what a person sees of a page: its title, text, links and forms."""
    reader = _Reader(page)
    reader.feed(page.body.decode())
    page.text = " ".join(" ".join(reader.words).split())


class Browser:
    """One person's browser. An answer other than `expect` raises; None takes any."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._open = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        ).open

    def get(self, address: str, *, expect: int | None = 200) -> Page:
        return self._fetch(urllib.request.Request(urllib.parse.urljoin(self.base, address)), expect)  # noqa: S310

    def send(
        self, form: Form, values: Mapping[str, str | list[str]] | None = None, *, button: str = "",
        expect: int | None = 200,
    ) -> Page:
        """Send a form with these fields filled in. `button`: the name or name=value of the one that is pressed."""
        fields = dict(form.fields)
        for name, value in (values or {}).items():
            if name not in fields and name not in form.choices:
                raise LookupError(f"the form for {form.action} has no field {name!r}; it has {sorted(fields)}")
            fields[name] = value if isinstance(value, list) else [value]
        if button:
            name, _, value = button.partition("=")
            pressed = [b for b in form.buttons if b[0] == name and value in ("", b[1])]
            if not pressed:
                raise LookupError(f"the form for {form.action} has no button {button!r}; it has {form.buttons}")
            fields[name] = [pressed[0][1]]
        query = urllib.parse.urlencode([(name, value) for name, values_ in fields.items() for value in values_])
        if form.method == "get":
            return self.get(f"{form.action.partition('?')[0]}?{query}", expect=expect)
        headers = {"Referer": self.base, "Origin": self.base, "Content-Type": "application/x-www-form-urlencoded"}
        request = urllib.request.Request(form.action, query.encode(), headers, method="POST")  # noqa: S310
        return self._fetch(request, expect)

    def _fetch(self, request: urllib.request.Request, expect: int | None) -> Page:
        try:
            answer = self._open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            kind = answer.headers.get_content_type()
            page = Page(answer.geturl(), answer.status or 0, answer.read(), kind)
        if kind == "text/html":
            read(page)
        if expect is not None and page.status != expect:
            raise RuntimeError(f"{request.get_method()} {request.full_url} answered {page.status}: {page.text[:400]}")
        return page
