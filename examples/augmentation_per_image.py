"""Augmentation image by image: another crop and another light for each image, at each draw.

    python examples/augmentation_per_image.py [picture.png]

Two photographs go through `ShortestSideCrop` and `PCALighting`, first in a `tf.data` pipeline, where they may have different
sizes, then as a batch. The picture shows what the layers make of them: on the left the originals with a box, then four
draws while training, where box and mask follow, and last what the layers give at inference.
"""

import sys
from pathlib import Path

import keras
import matplotlib
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_sample_image

from keras_tips.layers import PCALighting, ShortestSideCrop

matplotlib.use("Agg")  # draws into a file, on a machine without a screen too
import matplotlib.pyplot as plt

picture = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".png")
DRAWS = 4

# --- Two photographs, a box around something in each, and a mask of the box -------------------------------------------

china, flower = load_sample_image("china.jpg"), load_sample_image("flower.jpg")  # (427, 640, 3) each, 0 to 255
boxes = {"temple": (95, 25, 375, 390), "flower": (160, 80, 445, 360)}  # left, top, right, bottom
photographs = {"temple": china, "flower": flower}


def example(name):
    image, (left, top, right, bottom) = photographs[name], boxes[name]
    mask = np.zeros(image.shape[:2], "uint8")
    mask[top:bottom, left:right] = 1
    return {
        "images": image.astype("float32"),  # (427, 640, 3)
        "segmentation_masks": mask,  # (427, 640)
        "bounding_boxes": {"boxes": np.array([boxes[name]], "float32"), "labels": np.array([1])},  # (1, 4) and (1,)
    }


# --- The layers. Shorter sides become 224 to 320 pixels, another number for each image; then 224 x 224 are cut out. ----

crop = ShortestSideCrop(224, 224, seed=2, shortest_side=(224, 320), bounding_box_format="xyxy")
light = PCALighting(scale=0.1, seed=2)
light.adapt([china, flower])  # the axes of these photographs' colours; of the training images, in earnest
# The standard deviation along the first axis is the root of its variance, and AlexNet's program used that: see docs.
light = PCALighting(0.2, [value**0.5 for value in light.eigenvalues], light.eigenvectors, seed=2)
print("axes of the colours, red, green and blue, and how far a typical shift goes along each:")
for variance, axis in zip(light.eigenvalues, np.array(light.eigenvectors).T, strict=True):
    print(f"  ({', '.join(f'{part:+.2f}' for part in axis)})  {255 * 0.2 * variance:4.1f} of 255")

# --- In a pipeline: images one by one, of any size --------------------------------------------------------------------

halves = [china, flower[::2, ::2]]  # (427, 640, 3) and (214, 320, 3)
spec = tf.TensorSpec((None, None, 3), "uint8")
pipeline = tf.data.Dataset.from_generator(lambda: iter(halves), output_signature=spec)
pipeline = pipeline.map(crop).map(light).batch(2)
print("a batch from images of two sizes:", next(iter(pipeline)).shape)  # (2, 224, 224, 3)

# --- As a batch: other draws for each image ---------------------------------------------------------------------------

batch = keras.tree.map_structure(lambda *parts: np.stack(parts), *(example(name) for name in photographs))
columns = []
for draw in range(DRAWS + 1):
    training = draw < DRAWS
    outputs = light(crop(batch, training=training), training=training)  # images (2, 224, 224, 3)
    outputs = keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)
    columns.append((f"training, draw {draw + 1}" if training else "inference", outputs))

# Boxes and masks have gone where the images went: a box is where its mask is.
offsets = []
for _, outputs in columns:
    for mask, box in zip(outputs["segmentation_masks"], outputs["bounding_boxes"]["boxes"][:, 0], strict=True):
        rows, places = np.nonzero(mask)
        offsets.append(np.abs(box - [places.min(), rows.min(), places.max() + 1, rows.max() + 1]).max())
print(f"boxes and masks differ by {max(offsets):.2f} pixels at most")

# --- The picture ------------------------------------------------------------------------------------------------------

figure, panels = plt.subplots(2, DRAWS + 2, figsize=(13, 4.6), width_ratios=[1.5] + [1] * (DRAWS + 1), layout="constrained")
for row, name in enumerate(photographs):
    shown = [(f"{name}, 427 x 640", photographs[name], boxes[name])]
    shown += [(title, found["images"][row], found["bounding_boxes"]["boxes"][row, 0]) for title, found in columns]
    for panel, (title, image, (left, top, right, bottom)) in zip(panels[row], shown, strict=True):
        panel.imshow(image.astype("uint8"))
        panel.add_patch(plt.Rectangle((left, top), right - left, bottom - top, fill=False, color="white", linewidth=1.5))
        panel.set_title(title if row == 0 or panel is panels[row, 0] else "", fontsize=10)
        panel.set_axis_off()
figure.savefig(picture, dpi=72)
print(f"The images are drawn in {picture}")
