/* A resolver that refuses what is registered twice or beyond its size, as the library's does. */
#pragma once

enum TfLiteStatus { kTfLiteOk, kTfLiteError };

namespace tflite {

struct TFLMRegistration {};
inline TFLMRegistration Register_CONV_2D_INT8() {
  return {};
}
inline TFLMRegistration Register_FULLY_CONNECTED_INT8() {
  return {};
}
inline TFLMRegistration Register_SOFTMAX_INT8() {
  return {};
}

class MicroOpResolver {};

template <unsigned int size> class MicroMutableOpResolver : public MicroOpResolver {
public:
  TfLiteStatus AddConv2D(TFLMRegistration = {}) {
    return add(conv2d_);
  }
  TfLiteStatus AddFullyConnected(TFLMRegistration = {}) {
    return add(fully_connected_);
  }
  TfLiteStatus AddReshape(TFLMRegistration = {}) {
    return add(reshape_);
  }
  TfLiteStatus AddSoftmax(TFLMRegistration = {}) {
    return add(softmax_);
  }

private:
  TfLiteStatus add(bool &registered) {
    if (registered || count_ == size) {
      return kTfLiteError;
    }
    registered = true;
    count_++;
    return kTfLiteOk;
  }

  unsigned int count_ = 0;
  bool conv2d_ = false, fully_connected_ = false, reshape_ = false, softmax_ = false;
};

} // namespace tflite
