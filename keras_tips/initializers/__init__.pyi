from .fan_in_uniform import FanInUniform as FanInUniform
from .glorot_for_activation import GlorotForActivation as GlorotForActivation
