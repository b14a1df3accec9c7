/* tiny for TensorFlow Lite Micro, made by tinydeploy from a .tflite with SHA-256 428bca98069c4160… */
#ifndef OP_RESOLVER_H
#define OP_RESOLVER_H

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

using td_resolver = tflite::MicroMutableOpResolver<4>;

/* Registers every operator of the model and no other; false when the library refused one. */
inline bool td_register(td_resolver &resolver) {
  if (resolver.AddConv2D(tflite::Register_CONV_2D_INT8()) != kTfLiteOk) {
    return false;
  }
  if (resolver.AddFullyConnected(tflite::Register_FULLY_CONNECTED_INT8()) != kTfLiteOk) {
    return false;
  }
  if (resolver.AddReshape() != kTfLiteOk) {
    return false;
  }
  if (resolver.AddSoftmax(tflite::Register_SOFTMAX_INT8()) != kTfLiteOk) {
    return false;
  }
  return true;
}

#endif
