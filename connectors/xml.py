"""XML from outside: no entities, no documents fetched, errors of ours. Pure."""

from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from schemas.errors import Malformed


def read_xml(body: bytes | str) -> Element:
    """The root element.

    Raises:
        Malformed: it is no XML, or declares entities or a document type.
    """
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, TypeError):
        raise Malformed("the body is no XML that can be trusted") from None
    return root


def texts(element: Element) -> dict[str, str]:
    """The texts of an element's children by their names, the last of equal ones."""
    return {child.tag: child.text or "" for child in element}
