from .carry_weights import carry_weights as carry_weights
from .catalogue import get as get
from .catalogue import names as names
from .catalogue import tips_for as tips_for
from .experiments import build as build
from .experiments import describe as describe
from .experiments import train as train
from .tip import Tip as Tip
