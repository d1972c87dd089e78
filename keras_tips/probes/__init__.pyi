from .probe import Probe as Probe
from .probe import VariableStep as VariableStep
from .probe import probe as probe
