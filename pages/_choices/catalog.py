"""Every choice of a session, in the order in which a link is read and checked."""

from typing import Any

from pages._attribution import choices as attribution
from pages._decisions import choices as decisions
from pages._explore import choices as explore
from pages._features import choices as features
from pages._modules import choices as modules
from pages._panels import case_choices as cases
from pages._panels import choices as panels
from pages._reasons import choices as reasons
from pages._shell.state import SHARED, Choice

CHOICES: tuple[Choice[Any], ...] = (
    *SHARED,
    *explore.CHOICES,
    *cases.CHOICES,
    *decisions.CHOICES,
    *panels.CHOICES,
    *reasons.CHOICES,
    *features.CHOICES,
    *attribution.CHOICES,
    *modules.CHOICES,
)
