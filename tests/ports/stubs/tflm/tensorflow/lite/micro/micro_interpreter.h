/* An interpreter without kernels: it runs the tiny model's four layers as profiler events. */
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tensorflow/lite/schema/schema_generated.h"

enum TfLiteType { kTfLiteFloat32, kTfLiteInt8, kTfLiteUInt8, kTfLiteInt16 };

union TfLitePtrUnion {
  void *data;
  int8_t *int8;
  uint8_t *uint8;
  int16_t *i16;
  float *f;
};

struct TfLiteEvalTensor {
  TfLitePtrUnion data;
};

struct TfLiteTensor {
  TfLiteType type;
  TfLitePtrUnion data;
  struct {
    float scale;
    int32_t zero_point;
  } params;
  size_t bytes;
};

/* The input's scale as this library reads it from the model: a test can have it read wrongly. */
inline float &stub_input_scale() {
  static float scale = 0.0F;
  return scale;
}

/* The bytes of an arena that the model takes. */
inline size_t &stub_needed() {
  static size_t bytes = 64;
  return bytes;
}

struct TfLiteContext {
  TfLiteEvalTensor *(*GetEvalTensor)(const TfLiteContext *context, int index);
};

namespace tflite {

class MicroResourceVariables;

class MicroInterpreter {
public:
  MicroInterpreter(const Model *model, const MicroOpResolver &resolver, uint8_t *arena,
                   size_t arena_bytes, MicroResourceVariables *variables = nullptr,
                   MicroProfilerInterface *profiler = nullptr)
      : arena_(arena), arena_bytes_(arena_bytes), profiler_(profiler) {
    (void)model;
    (void)resolver;
    (void)variables;
    context_.GetEvalTensor = eval;
    input_ = {kTfLiteInt8, {arena}, {stub_input_scale(), -128}, 16};
    output_ = {kTfLiteInt8, {arena + 16}, {0.5F, -1}, 3};
  }

  TfLiteStatus AllocateTensors() {
    return arena_bytes_ >= stub_needed() ? kTfLiteOk : kTfLiteError;
  }
  TfLiteStatus Invoke() {
    for (int layer = 0; layer < 4; layer++) {
      profiler_->EndEvent(profiler_->BeginEvent("layer"));
    }
    return kTfLiteOk;
  }
  TfLiteTensor *input(size_t index) {
    return index == 0 ? &input_ : nullptr;
  }
  TfLiteTensor *output(size_t index) {
    return index == 0 ? &output_ : nullptr;
  }
  size_t inputs_size() const {
    return 1;
  }
  size_t outputs_size() const {
    return 1;
  }
  size_t arena_used_bytes() const {
    return stub_needed();
  }

protected:
  const TfLiteContext &context() const {
    return context_;
  }

private:
  /* A tensor whose data says which one was asked for. */
  static TfLiteEvalTensor *eval(const TfLiteContext *context, int index) {
    static uint8_t places[64];
    static TfLiteEvalTensor tensor;
    (void)context;
    places[index] = static_cast<uint8_t>(index);
    tensor.data.data = &places[index];
    return &tensor;
  }

  uint8_t *arena_;
  size_t arena_bytes_;
  MicroProfilerInterface *profiler_;
  TfLiteContext context_;
  TfLiteTensor input_;
  TfLiteTensor output_;
};

} // namespace tflite
