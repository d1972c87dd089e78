from .fan_in_uniform import FanInUniform as FanInUniform
from .glorot_for_activation import GlorotForActivation as GlorotForActivation
from .lsuv import lsuv as lsuv
from .maxout_initializer import MaxoutInitializer as MaxoutInitializer
