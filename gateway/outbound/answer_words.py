"""Words that may be shown when they name a member of a portal's answer.

A portal may key a map by a person's name or address, and nothing tells such a key from a member's name. So only words
are shown that cannot be about somebody: those of the connector's own code and WSDL, and technical ones.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_TEXT: Final = re.compile(r'"""[\s\S]*?"""|#[^\n]*|<!--[\s\S]*?-->')
"""Docstrings and comments, in which an author may write anything."""
_WORD: Final = re.compile(r"[A-Za-z]+")
_FILES: Final = (".py", ".wsdl", ".xsd")
_NOT: Final = frozenset({"sandbox", "exchanges", "tests", "__pycache__"})
"""Folders of a plugin with people in them, if made up ones."""

TECHNICAL: Final = frozenset(
    """
    access account action active address adresse amount application appointment at attribute attributes
    body boolean by bytes cause caller category categorie cause centre challenge change check client code codes
    commentaire comment commune complement config content contenu context corps correlation count country created
    creation currency cursor data date day days debut deadline debug delai demande demandes description detail details
    devise document documents donnees dossier dossiers duration element elements end endpoint entry entries entete
    envelope erreur erreurs error errors etape etapes etat event events exception expires expiration extension
    fault faultactor faultcode faultstring fee field fields file files fin first format from frais gateway generated
    has header headers heure host href html http id identifiant identifier index info information instance invalid is
    item items key kind label language langue last length level libelle lien lieu limit line lines link links liste
    list local locale location log logref message messages meta metadata method methode mode model modified montant
    motif name namespace next niveau nom nombre node not note notes null number numero object objet offset ok on
    operation option options order origin origine output page pages parameter parametre path pays piece pieces port
    position post prenom previous problem process progress property province query quantity rang raison raw reason
    receipt recu ref reference references region rejected remark request requested requete resource response reponse
    result results resultat resultats retry return root row rows schema scope security self sequence server service
    services session severity signature size slot slots source stack start state statement status statut step steps
    sub subcode subject suivi suivant success sum support system target technical text texte time timeout timestamp
    title titre to token total trace traceback tracking traitement transaction type types unit update updated uri url
    user username valeur valid validation value values version violations ville warning warnings when xml xmlns zone
    """.split()  # noqa: SIM905 - hundreds of words, which quotation marks would hide
)
HTML: Final = frozenset(
    """
    a abbr address article aside audio b base blockquote body br button canvas caption center code col datalist dd
    details dialog div dl dt em embed fieldset figure font footer form frame frameset h h1 h2 h3 h4 h5 h6 head header
    hr html i iframe img input label legend li link main map meta nav noscript object ol optgroup option p param
    picture pre script section select small source span strong style sub summary sup svg table tbody td template
    textarea tfoot th thead time title tr u ul use video
    """.split()  # noqa: SIM905 - hundreds of words, which quotation marks would hide
)


def parts_of(name: str) -> list[str]:
    """`etatDossier`, `ETAT_DOSSIER` and `etat-dossier` have the parts `etat` and `dossier`."""
    return [each.lower() for each in _PART.findall(name)]


def words_in(folder: Path) -> frozenset[str]:
    """The words of a plugin's code and WSDL, without its comments, and without its sandbox, exchanges and tests. Reads
    the files."""
    return frozenset(word for text in _texts(folder) for each in _WORD.findall(text) for word in parts_of(each))


def _texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _FILES and not _NOT.intersection(path.relative_to(folder).parts):
            with contextlib.suppress(OSError):
                if not path.is_file():
                    continue
                yield _TEXT.sub(" ", path.read_text("utf-8", "replace"))
