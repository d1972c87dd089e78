from .catalogue import catalogue as catalogue
from .diagnose import diagnose as diagnose
from .missing import Missing as Missing
from .pages import names as names
from .pages import page as page
from .rule import Rule as Rule
from .rule import rule as rule
