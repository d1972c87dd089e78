from .activation_monitor import ActivationMonitor as ActivationMonitor
from .doctor import Doctor as Doctor
from .dropout_scaling_check import DropoutScalingCheck as DropoutScalingCheck
from .early_stopping import EarlyStopping as EarlyStopping
from .find_learning_rate import find_learning_rate as find_learning_rate
from .gradient_monitor import GradientMonitor as GradientMonitor
from .snapshot_checkpoint import SnapshotCheckpoint as SnapshotCheckpoint
