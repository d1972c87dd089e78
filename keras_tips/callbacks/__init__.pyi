from .doctor import Doctor as Doctor
from .gradient_monitor import GradientMonitor as GradientMonitor
