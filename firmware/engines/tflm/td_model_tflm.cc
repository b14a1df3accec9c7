/* The model contract over TensorFlow Lite Micro's interpreter. No exceptions, no RTTI, no heap.
 *
 * Layers run in the model's order and each is one profiler event, so that counting the events
 * tells the layer; events within one are those of a subgraph that it calls. A library built with
 * TF_LITE_STRIP_ERROR_STRINGS sends no events: no hook is called then. */
#include <cstddef>
#include <cstdint>
#include <new>

#include "model_data.h"
#include "td_model.h"
#include "td_port.h"

/* The checks inside the library's headers print when they fail: 6 KB of the C library, and nobody
 * reads it. */
#ifndef NDEBUG
#define NDEBUG
#endif

/* The library's headers would not pass the project's -Wextra -Werror. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "op_resolver.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tensorflow/lite/schema/schema_generated.h"
#pragma GCC diagnostic pop

#ifndef TF_LITE_STATIC_MEMORY
#error "define TF_LITE_STATIC_MEMORY here and in the library: without it their structs differ"
#endif

/* The context is protected; it is all that gives a layer's output in every version of the library.
 */
class td_interpreter : public tflite::MicroInterpreter {
public:
  using tflite::MicroInterpreter::MicroInterpreter;

  const void *tensor(int index) const {
    const TfLiteEvalTensor *found = context().GetEvalTensor(&context(), index);
    return found == nullptr ? nullptr : found->data.data;
  }
};

class td_layer_profiler : public tflite::MicroProfilerInterface {
public:
  void start(const td_interpreter *interpreter, td_layer_hook hook, void *user) {
    interpreter_ = interpreter;
    hook_ = hook;
    user_ = user;
    next_ = 0;
    depth_ = 0;
    output_ = td_layer_outputs;
  }

  uint32_t BeginEvent(const char *tag) override {
    (void)tag;
    return depth_++ == 0 ? next_++ : TD_LAYERS;
  }

  void EndEvent(uint32_t layer) override {
    depth_--;
    if (hook_ == nullptr || layer >= TD_LAYERS) {
      return;
    }
    bool last = false;
    while (!last) {
      const void *data = output_->bytes == 0 ? nullptr : interpreter_->tensor(output_->tensor);
      hook_(user_, layer, data, output_->bytes);
      last = output_->last;
      output_++;
    }
  }

private:
  const td_interpreter *interpreter_ = nullptr;
  td_layer_hook hook_ = nullptr;
  void *user_ = nullptr;
  uint32_t next_ = 0;
  uint32_t depth_ = 0;
  const td_layer_output *output_ = nullptr; /* of the layer that ends next */
};

struct td_tflm_state {
  alignas(16) uint8_t arena[TD_ARENA_BYTES];
  alignas(td_interpreter) uint8_t storage[sizeof(td_interpreter)];
  td_interpreter *interpreter = nullptr;
  bool ready = false;
  td_resolver resolver;
  td_layer_profiler profiler;
};

extern "C" {

/* Made in td_model_init and not before main: a bare board runs no constructors. */
alignas(td_tflm_state) TD_ARENA_PLACE uint8_t td_model_state[sizeof(td_tflm_state)];
static td_tflm_state *td_state;

const char td_model_engine[] = "tflm";

static uint32_t td_needed; /* of a model that its arena is too small for, if that is known */

static td_interpreter *td_interpreter_in(td_tflm_state &state, const tflite::Model *model,
                                         uint8_t *arena, size_t bytes) {
#if TD_RESOURCES > 0 /* old libraries have no resource variables */
  tflite::MicroAllocator *allocator = tflite::MicroAllocator::Create(arena, bytes);
  tflite::MicroResourceVariables *resources =
      tflite::MicroResourceVariables::Create(allocator, TD_RESOURCES);
  return new (state.storage)
      td_interpreter(model, state.resolver, allocator, resources, &state.profiler);
#else
  return new (state.storage)
      td_interpreter(model, state.resolver, arena, bytes, nullptr, &state.profiler);
#endif
}

/* Whether the model starts in this memory. */
static bool td_start(td_tflm_state &state, const tflite::Model *model, uint8_t *arena,
                     size_t bytes) {
  if (state.interpreter != nullptr) {
    state.interpreter->~td_interpreter();
  }
  state.interpreter = td_interpreter_in(state, model, arena, bytes);
  return state.interpreter->AllocateTensors() == kTfLiteOk;
}

/* What the model takes, found in RAM that nothing else uses; 0 when that is too little as well. The
 * arena alone does not tell: the library's planner takes all that is left before it plans. */
static uint32_t td_need(td_tflm_state &state, const tflite::Model *model) {
  for (size_t bytes = 8 * static_cast<size_t>(TD_ARENA_BYTES); bytes > TD_ARENA_BYTES; bytes /= 2) {
    uint8_t *spare = static_cast<uint8_t *>(td_port_spare(bytes));
    if (spare != nullptr) {
      return td_start(state, model, spare, bytes)
                 ? static_cast<uint32_t>(state.interpreter->arena_used_bytes())
                 : 0;
    }
  }
  return 0;
}

/* Whether the library reads an input as it was written: one whose structs are laid out otherwise
 * shows here first, as a size that is wrong or a scale that is none. */
static bool td_agrees(const TfLiteTensor *input, const model_scale &scale, size_t bytes) {
  const bool has_scale = scale.least < scale.most;
  return input != nullptr && input->bytes == bytes && model_scale_holds(&scale) &&
         (!has_scale ||
          (input->params.scale == scale.scale && input->params.zero_point == scale.zero_point));
}

td_status td_model_init(void) {
  td_state = new (td_model_state) td_tflm_state;
  td_tflm_state &state = *td_state;
  const tflite::Model *model = tflite::GetModel(td_model_data);
  if (model->version() != TFLITE_SCHEMA_VERSION) {
    return TD_ERROR_SCHEMA;
  }
  if (!td_register(state.resolver)) {
    return TD_ERROR_OP;
  }
  if (!td_start(state, model, state.arena, TD_ARENA_BYTES)) {
    td_needed = td_need(state, model);
    td_start(state, model, state.arena, TD_ARENA_BYTES); /* the spare RAM may become another's */
    return TD_ERROR_ARENA;
  }
  state.ready = true;
  bool agrees = true;
  for (uint32_t input = 0; input < td_model_input_count(); input++) {
    agrees = agrees && td_agrees(state.interpreter->input(input), model_input_scale[input],
                                 td_input_bytes[input]);
  }
  return agrees ? TD_OK : TD_ERROR_SCHEMA;
}

/* Begun anew: the interpreter's own reset forgets what a subgraph put into variables once. */
td_status td_model_reset(void) {
  if (!TD_HOLDS_STATE) {
    return TD_OK;
  }
  td_state->interpreter->~td_interpreter();
  return td_model_init();
}

uint32_t td_model_input_count(void) {
  return static_cast<uint32_t>(td_state->interpreter->inputs_size());
}

uint32_t td_model_output_count(void) {
  return static_cast<uint32_t>(td_state->interpreter->outputs_size());
}

void *td_model_input(uint32_t index, size_t *bytes) {
  TfLiteTensor *tensor = td_state->interpreter->input(index);
  *bytes = tensor->bytes;
  return tensor->data.data;
}

const void *td_model_output(uint32_t index, size_t *bytes) {
  const TfLiteTensor *tensor = td_state->interpreter->output(index);
  *bytes = tensor->bytes;
  return tensor->data.data;
}

static float td_real(const TfLiteTensor *tensor, uint32_t item) {
  int32_t quantized = 0;
  switch (tensor->type) {
  case kTfLiteInt8:
    quantized = tensor->data.int8[item];
    break;
  case kTfLiteUInt8:
    quantized = tensor->data.uint8[item];
    break;
  case kTfLiteInt16:
    quantized = tensor->data.i16[item];
    break;
  default:
    return tensor->data.f[item];
  }
  return static_cast<float>(quantized - tensor->params.zero_point) * tensor->params.scale;
}

static size_t td_item_bytes(TfLiteType type) {
  switch (type) {
  case kTfLiteInt8:
  case kTfLiteUInt8:
    return 1;
  case kTfLiteInt16:
    return 2;
  default:
    return sizeof(float);
  }
}

uint32_t td_model_result(uint32_t index, uint32_t item, float *value) {
  const TfLiteTensor *tensor = td_state->interpreter->output(index);
  const uint32_t items = static_cast<uint32_t>(tensor->bytes / td_item_bytes(tensor->type));
  if (item < items) {
    *value = td_real(tensor, item);
  }
  return items;
}

td_status td_model_invoke(td_layer_hook hook, void *user) {
  td_tflm_state &state = *td_state;
  state.profiler.start(state.interpreter, hook, user);
  return state.interpreter->Invoke() == kTfLiteOk ? TD_OK : TD_ERROR_INVOKE;
}

uint32_t td_model_layer_count(void) {
  return TD_LAYERS;
}

uint32_t td_model_arena_bytes(void) {
  return TD_ARENA_BYTES;
}

uint32_t td_model_arena_used(void) {
  if (td_state == nullptr || !td_state->ready) {
    return td_needed;
  }
  return static_cast<uint32_t>(td_state->interpreter->arena_used_bytes());
}

} // extern "C"
