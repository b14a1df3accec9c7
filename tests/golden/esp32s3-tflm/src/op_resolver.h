/* tiny for TensorFlow Lite Micro, made by tinydeploy from a .tflite with SHA-256 428bca98069c4160… */
#ifndef OP_RESOLVER_H
#define OP_RESOLVER_H

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

using td_resolver = tflite::MicroMutableOpResolver<4>;

/* Registers every operator of the model and no other; false when the library refused one. */
inline bool td_register(td_resolver &resolver) {
  if (resolver.AddConv2D() != kTfLiteOk) {
    return false;
  }
  if (resolver.AddFullyConnected() != kTfLiteOk) {
    return false;
  }
  if (resolver.AddReshape() != kTfLiteOk) {
    return false;
  }
  if (resolver.AddSoftmax() != kTfLiteOk) {
    return false;
  }
  return true;
}

#endif
