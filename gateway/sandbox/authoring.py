"""All that a stand-in is written with: `from gateway.sandbox.authoring import ...`.

What a stand-in takes neither from here nor from its connector is its view of the portal's protocol: it reads and checks
what comes in by code of its own, so that a mistake on one side shows on the other.
"""

from __future__ import annotations

from gateway import partial_date as partial_date
from gateway.foreign_text import seconds as seconds
from gateway.sandbox.access_tokens import *
from gateway.sandbox.context import SandboxContext as SandboxContext
from gateway.sandbox.demands import Demands as Demands
from gateway.sandbox.demands import Plan as Plan
from gateway.sandbox.demands import Stage as Stage
from gateway.sandbox.notice_sender import *
from gateway.sandbox.pdf import page as page
from gateway.sandbox.portal_app import *
from gateway.time_zones import MOROCCO as MOROCCO
from gateway.typed_text import ascii_lower as ascii_lower
from gateway.typed_text import ascii_upper as ascii_upper
