"""Small model configs written by hand, so that tips are tested without Keras."""

from keras_tips.records import Experiment


def layer(kind, name, **config):
    return {"module": "keras.layers", "class_name": kind, "config": {"name": name, **config}, "registered_name": None}


def dense(name, activation="relu", units=16, **config):
    return layer("Dense", name, units=units, activation=activation, kernel_initializer="glorot_uniform", **config)


def sequential(*layers, name="net"):
    return {"module": "keras", "class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}


def functional(*nodes, outputs):
    """Each node is (layer config, names of the layers that it reads)."""
    layers = []
    for config, sources in nodes:
        tensors = [{"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}} for source in sources]
        args = tensors if len(tensors) == 1 else [tensors]
        inbound = [{"args": args, "kwargs": {}}] if sources else []
        layers.append({**config, "name": config["config"]["name"], "inbound_nodes": inbound})
    config = {"name": "net", "layers": layers, "output_layers": [[name, 0, 0] for name in outputs]}
    return {"module": "keras", "class_name": "Functional", "config": config}


def experiment(*layers):
    return Experiment(sequential(*layers), {"optimizer": "adam", "loss": "mse"}, {"epochs": 2})


def layers_of(changed):
    return changed.model["config"]["layers"]


def field(changed, name):
    """The values of one entry of all layers, by layer name."""
    return {each["config"]["name"]: each["config"].get(name) for each in layers_of(changed)}
