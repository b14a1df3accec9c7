/* The TensorFlow Lite Micro glue over the stub interpreter: prints what the firmware would see. */
#include <cmath>
#include <cstdio>

#include "model_data.h"
#include "model_scales.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "td_model.h"
#include "td_port.h"

static void layer(void *user, uint32_t index, const void *output, size_t bytes) {
  unsigned *calls = static_cast<unsigned *>(user);
  const unsigned tensor = *static_cast<const uint8_t *>(output);
  std::printf("layer %u tensor %u bytes %zu\n", static_cast<unsigned>(index), tensor, bytes);
  (*calls)++;
}

/* RAM that nothing else uses. */
static size_t spare_bytes = 0;

void *td_port_spare(size_t bytes) {
  alignas(16) static uint8_t spare[16 * TD_ARENA_BYTES];
  return bytes <= spare_bytes ? spare : nullptr;
}

static void small_arena(size_t needed, size_t spare) {
  stub_needed() = needed;
  spare_bytes = spare;
  const int status = static_cast<int>(td_model_init());
  const unsigned used = static_cast<unsigned>(td_model_arena_used());
  std::printf("small %d needs %u\n", status, used / TD_ARENA_BYTES);
  stub_needed() = 64;
}

int main() {
  unsigned calls = 0;
  size_t bytes = 0;
  small_arena(2 * TD_ARENA_BYTES, TD_ARENA_BYTES);     /* no more than the arena itself */
  small_arena(3 * TD_ARENA_BYTES, 5 * TD_ARENA_BYTES); /* enough */
  small_arena(5 * TD_ARENA_BYTES, 5 * TD_ARENA_BYTES); /* of it only fourfold is tried */
  stub_input_scale() = std::nanf("");                  /* as where TF_LITE_STATIC_MEMORY differs */
  std::printf("misread %d\n", static_cast<int>(td_model_init()));
  stub_input_scale() = model_input_scale[0].scale;
  std::printf("init %d\n", static_cast<int>(td_model_init()));
  int8_t *input = static_cast<int8_t *>(td_model_input(0, &bytes));
  std::printf("input %zu\n", bytes);
  input[17] = 5; /* the stub's output lies right behind its input */
  std::printf("invoke %d\n", static_cast<int>(td_model_invoke(layer, &calls)));
  std::printf("silent %d\n", static_cast<int>(td_model_invoke(nullptr, nullptr)));
  float value = 0;
  const unsigned items = static_cast<unsigned>(td_model_result(0, 1, &value));
  std::printf("result %u %.1f\n", items, static_cast<double>(value));
  std::printf("calls %u of %u\n", calls, static_cast<unsigned>(td_model_layer_count()));
  return 0;
}
