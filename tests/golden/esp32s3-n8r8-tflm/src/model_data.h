/* tiny for TensorFlow Lite Micro, made by tinydeploy from a .tflite with SHA-256 428bca98069c4160… */
#ifndef MODEL_DATA_H
#define MODEL_DATA_H

#include <cstddef>

#include "model_scales.h"
#include "td_model.h"

/* 2001 bytes by the oracle, and 16 % for other kernels. */
#define TD_ARENA_BYTES 2336U
#define TD_LAYERS 4U
#define TD_HOLDS_STATE 0 /* whether anything outlives an inference */
#define TD_RESOURCES 0 /* variables that operators read and assign */

/* The model as the converter wrote it: a flatbuffer that is read in place. */
extern const unsigned char td_model_data[2152];

extern const std::size_t td_input_bytes[1];

/* A tensor that a layer leaves, and its size; those of each layer end with its last. */
struct td_layer_output {
  int tensor;
  std::size_t bytes;
  bool last;
};
extern const td_layer_output td_layer_outputs[];

#endif
