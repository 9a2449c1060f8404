"""The list a client takes along, and the form to choose on paper: their words and how they are put together.

Hers, so in her language, plain and neutral: a sheet that lies about says nothing of why she has it. No map is called;
directions are words from our own table of ZIP codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atan2, cos, degrees, radians
from typing import Any

from warmhandoff.rules.places import place_of_zip

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "People who may help",
        "intro": "Here are the options we talked about. You choose whom to call, and when.",
        "call": "Call", "mail": "Write", "web": "Web page", "where": "Where", "way": "The way there",
        "offers": "They offer", "plans": "Lists these plans", "cost": "Cost", "openings": "First opening",
        "languages": "Languages", "access": "Access", "times": "Times",
        "confirm": "Lists {plan}; confirm with your plan.", "ask_yours": "Ask if they take {plan}.",
        "tie": "Please know", "old": "This may have changed. Please ask.", "unknown": "not known: please ask",
        "likely": "Likely, but not sure yet. Please ask them:",
        "single": "Why there is just one:",
        "private_place": "They tell you the address when you call.",
        "away": "About {miles} miles", "near": "Less than a mile away", "from_zip": "to the {side} of {zip}",
        "ask_way": "Ask them about the bus, the parking and the door.",
        "steps": "First steps",
        "first": "Pick one. Call or write to them.",
        "second": "No answer in two days? Call again, or call the next one.",
        "third": "Tell us how it went. If none of them works out, there are more names.",
        "script_title": "What you can say when you call",
        "script": "“Hello. My therapist gave me your name. Do you have room for a new person? "
        "Do you take my plan, or what does a visit cost? When could I come?”",
        "notes": "My day and time:",
        "help": "Need help now? Call or text 988 any time. In danger? Call 911.",
        "from": "From",
        # the form on paper
        "form_title": "My choice", "form_intro": "Mark what you want. You can leave out anything. Then hand it back.",
        "mark_first": "My first choice", "mark_next": "Next",
        "or": "Or:", "none": "None of these", "more": "More names, please", "talk": "Talk about it first",
        "not_now": "Not now", "take": "I take the list and call by myself",
        "who": "Who calls first?", "i_call": "I call them", "they_call": "They call me",
        "together": "We call together",
        "go_on": "If they have no room, ask my next one. You do not have to check with me first.",
        "likely_ask": "How likely is it that I go? 0 is no, 10 is yes for sure:",
        "stop": "What might stop me:",
        "not_read": "Nobody reads this right away. If you need help now, call or text 988.",
        "own": "What I do not want to tell all over again:",
        "share": "You may share these words with the one I choose, once I have signed.",
        "helper": "Someone helped me (name, if I like):",
        "copy": "This person may have a copy of my list.",
    },
    "es": {
        "title": "Personas que pueden ayudar",
        "intro": "Estas son las opciones de las que hablamos. Usted decide a quién llamar y cuándo.",
        "call": "Llamar", "mail": "Escribir", "web": "Página web", "where": "Dónde", "way": "Cómo llegar",
        "offers": "Ofrecen", "plans": "Dicen aceptar estos planes", "cost": "Costo", "openings": "Primera cita",
        "languages": "Idiomas", "access": "Acceso", "times": "Horarios",
        "confirm": "Dicen aceptar {plan}; confirme con su plan.", "ask_yours": "Pregunte si aceptan {plan}.",
        "tie": "Debe saber", "old": "Esto puede haber cambiado. Pregunte.", "unknown": "no se sabe: pregunte",
        "likely": "Es posible, pero no es seguro. Pregunte:",
        "single": "Por qué hay una sola:",
        "private_place": "Le dan la dirección cuando llama.",
        "away": "A unas {miles} millas", "near": "A menos de una milla", "from_zip": "al {side} de {zip}",
        "ask_way": "Pregunte por el autobús, dónde dejar el auto y la entrada.",
        "steps": "Primeros pasos",
        "first": "Elija a alguien. Llame o escriba.",
        "second": "¿No contestan en dos días? Llame otra vez, o llame a la siguiente persona.",
        "third": "Cuéntenos cómo le fue. Si nadie funciona, hay más nombres.",
        "script_title": "Lo que puede decir cuando llama",
        "script": "«Hola. Mi terapeuta me dio su nombre. ¿Tiene lugar para alguien nuevo? "
        "¿Acepta mi plan, o cuánto cuesta una visita? ¿Cuándo puedo ir?»",
        "notes": "Mi día y hora:",
        "help": "¿Necesita ayuda ahora? Llame o mande un texto al 988 a cualquier hora. "
        "¿Está en peligro? Llame al 911.",
        "from": "De",
        "form_title": "Lo que elijo", "form_intro": "Marque lo que quiera. Puede dejar cosas sin marcar. "
        "Después devuelva la hoja.",
        "mark_first": "Mi primera opción", "mark_next": "Después",
        "or": "O bien:", "none": "Ninguna de estas", "more": "Más nombres, por favor",
        "talk": "Primero quiero hablar", "not_now": "Ahora no", "take": "Me llevo la lista y llamo por mi cuenta",
        "who": "¿Quién llama primero?", "i_call": "Yo llamo", "they_call": "Me llaman",
        "together": "Llamamos juntos",
        "go_on": "Si no tienen lugar, pregunte a la siguiente de mi lista. No tiene que preguntarme antes.",
        "likely_ask": "¿Qué tan posible es que vaya? 0 es no, 10 es sí, seguro:",
        "stop": "Lo que me puede frenar:",
        "not_read": "Nadie lee esto de inmediato. Si necesita ayuda ahora, llame o mande un texto al 988.",
        "own": "Lo que no quiero contar otra vez:",
        "share": "Pueden dar estas palabras a quien yo elija, después de que firme.",
        "helper": "Alguien me ayudó (su nombre, si quiero):",
        "copy": "Esta persona puede tener una copia de mi lista.",
    },
}
_QUESTIONS: dict[str, dict[str, str]] = {
    "en": {
        "payment": "Do you take my plan, or what do you charge?", "accepting": "Do you have room?",
        "concerns": "Do you help with what I need help with?", "languages": "Do you speak my language?",
        "times": "Do you have a time that works?", "place": "Can you see me where I am?",
        "age_group": "Do you see people of my age?", "access": "Can I get in and take part?",
        "": "Is it the right help for me?",
    },
    "es": {
        "payment": "¿Acepta mi plan, o cuánto cobra?", "accepting": "¿Tiene lugar?",
        "concerns": "¿Ayuda con lo que necesito?", "languages": "¿Habla mi idioma?",
        "times": "¿Tiene una hora que me sirva?", "place": "¿Me puede ver donde estoy?",
        "age_group": "¿Ve a personas de mi edad?", "access": "¿Puedo entrar y participar?",
        "": "¿Es la ayuda que necesito?",
    },
}
_SIDES = {
    "en": ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"),
    "es": ("norte", "noreste", "este", "sureste", "sur", "suroeste", "oeste", "noroeste"),
}


@dataclass(frozen=True)
class Taken:
    """One option on the list, in words of her language; "" is left out. ask: musts of which nothing is known.

    miles: from the ZIP of the need, None where not known; zip: the option's, "" where the place is confidential.
    """

    name: str
    facts: Mapping[str, str]
    tie: str = ""
    ask: Sequence[str] = ()
    miles: float | None = None
    zip: str = ""
    confidential: bool = False


def side(from_zip: str, to_zip: str, language: str) -> str:
    """In which of eight directions one ZIP lies from another, in words; "" where either is not known, or they are one.

    The bearing of a flat map with longitudes narrowed by the cosine of the latitude: exact enough for eight sides.
    """
    here, there = place_of_zip(from_zip), place_of_zip(to_zip)
    if here is None or there is None or here.zip == there.zip:
        return ""
    east = (there.lon - here.lon) * cos(radians(here.lat))
    bearing = degrees(atan2(east, there.lat - here.lat)) % 360
    return _SIDES[language][round(bearing / 45) % 8]


def way(option: Taken, from_zip: str, language: str) -> str:
    """The way there in words: "About 3 miles, to the north-east of 78704. Ask them about the bus …"; "" if unknown."""
    words = WORDS[language]
    if option.confidential or option.miles is None:
        return ""
    if option.miles < 1:
        return f"{words['near']}. {words['ask_way']}"
    found = side(from_zip, option.zip, language)
    there = words["from_zip"].format(side=found, zip=from_zip) if found else ""
    return f"{', '.join(filter(None, (words['away'].format(miles=round(option.miles)), there)))}. {words['ask_way']}"


def cost(words: Mapping[str, str], *, plan: str, lists: bool, fee: str) -> str:
    """Cost as the listing says it: "Lists Aetna; confirm with your plan." Never a promise. words: of one language."""
    if plan and lists:
        return words["confirm"].format(plan=plan)
    said = [words["ask_yours"].format(plan=plan)] if plan else []
    return " ".join([*said, f"{fee}."] if fee else said) or words["unknown"]


def _one(option: Taken, from_zip: str, language: str) -> dict[str, Any]:
    words, questions = WORDS[language], _QUESTIONS[language]
    facts = {**option.facts, "way": way(option, from_zip, language)}
    asked = dict.fromkeys(questions.get(must, questions[""]) for must in option.ask)
    return {
        "name": option.name, "tie": f"{words['tie']}: {option.tie}" if option.tie else "",
        "likely": words["likely"] if asked else "", "questions": list(asked),
        "facts": [[words[name], text] for name, text in facts.items() if text],
    }  # fmt: skip


def compose(
    options: Sequence[Taken], *, language: str, sender: str, from_zip: str = "", single_reason: str = "",
    script: str = "",
) -> dict[str, Any]:
    """The list as plain content, the same for screen, browser print and PDF. script: her call script, else the usual.

    `language` is en or es; other languages raise KeyError.
    """
    words = WORDS[language]
    return {
        "language": language, "title": words["title"], "from": f"{words['from']} {sender}", "intro": words["intro"],
        "single": f"{words['single']} {single_reason}" if single_reason else "",
        "options": [_one(option, from_zip, language) for option in options],
        "steps_title": words["steps"], "steps": [words["first"], words["second"], words["third"]],
        "script_title": words["script_title"], "script": script or words["script"], "notes": words["notes"],
        "help": words["help"], "form": {key: words[key] for key in _FORM},
    }  # fmt: skip


_FORM = (
    "form_title", "form_intro", "mark_first", "mark_next", "or", "none", "more", "talk", "not_now", "take", "who",
    "i_call", "they_call", "together", "go_on", "likely_ask", "stop", "not_read", "own", "share", "helper", "copy",
)
