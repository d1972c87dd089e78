from .probe import LayerStep as LayerStep
from .probe import Probe as Probe
from .probe import TrainingStep as TrainingStep
from .probe import VariableStep as VariableStep
from .probe import layer_probe as layer_probe
from .probe import probe as probe
from .probe import step_probe as step_probe
