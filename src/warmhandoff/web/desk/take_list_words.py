"""The words of the list a client takes along: hers, so in her language, on a page that is otherwise for staff."""

TAKE_LIST = {
    "en": {
        "title": "People who may help",
        "intro": "Here are the options we talked about. You choose whom to call, and when.",
        "call": "Call", "mail": "Write", "web": "Web page", "where": "Where", "offers": "They offer",
        "plans": "Lists these plans", "cost": "Cost", "openings": "First opening", "languages": "Languages",
        "access": "Access", "times": "Times", "confirm": "Please ask: confirm with your plan before you go.",
        "lists_yours": "They list your plan", "ask_yours": "Ask if they take your plan", "tie": "Please know",
        "old": "This may have changed. Please ask.", "unknown": "not known: please ask",
        "private_place": "They tell you the address when you call.",
        "steps": "First steps",
        "first": "Pick one. Call or write to them.",
        "say": "You can say: “My therapist gave me your name. Do you have room for a new client? Do you take my plan?”",
        "second": "No answer in two days? Call again, or call the next one.",
        "third": "Tell us how it went. If none of them works out, there are more names.",
        "help": "Need help now? Call or text 988 any time. In danger? Call 911.",
        "from": "From",
    },
    "es": {
        "title": "Personas que pueden ayudar",
        "intro": "Estas son las opciones de las que hablamos. Usted decide a quién llamar y cuándo.",
        "call": "Llamar", "mail": "Escribir", "web": "Página web", "where": "Dónde", "offers": "Ofrecen",
        "plans": "Dicen aceptar estos planes", "cost": "Costo", "openings": "Primera cita", "languages": "Idiomas",
        "access": "Acceso", "times": "Horarios", "confirm": "Pregunte: confirme con su plan antes de ir.",
        "lists_yours": "Dicen aceptar su plan", "ask_yours": "Pregunte si aceptan su plan", "tie": "Debe saber",
        "old": "Esto puede haber cambiado. Pregunte.", "unknown": "no se sabe: pregunte",
        "private_place": "Le dan la dirección cuando llama.",
        "steps": "Primeros pasos",
        "first": "Elija a alguien. Llame o escriba.",
        "say": "Puede decir: «Mi terapeuta me dio su nombre. ¿Tiene lugar para alguien nuevo? ¿Acepta mi plan?»",
        "second": "¿No contestan en dos días? Llame otra vez, o llame a la siguiente persona.",
        "third": "Cuéntenos cómo le fue. Si nadie funciona, hay más nombres.",
        "help": "¿Necesita ayuda ahora? Llame o mande un texto al 988 a cualquier hora. "
        "¿Está en peligro? Llame al 911.",
        "from": "De",
    },
}
