from .maxout import Maxout as Maxout
from .maxout_dense import MaxoutDense as MaxoutDense
from .prelu import PReLU as PReLU
