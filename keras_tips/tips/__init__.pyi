from .catalogue import get as get
from .catalogue import names as names
from .experiments import build as build
from .experiments import describe as describe
from .experiments import train as train
from .tip import Tip as Tip
