/* Real numbers into and out of tiny, made by tinydeploy.
 *
 *   int8_t value = (int8_t)model_quantize(&model_input_scale[0], real);
 *   float real = model_dequantize(&model_output_scale[0], value);
 *
 * Feeding a tensor what was scaled otherwise gives wrong answers and no error. */
#ifndef MODEL_SCALES_H
#define MODEL_SCALES_H

#include <stdint.h>

/* real = (value - zero_point) * scale, for values from `least` to `most`. Where these are 0 the
 * tensor has no scale: its values are the real numbers themselves. */
typedef struct {
  float scale;
  int32_t zero_point;
  int32_t least;
  int32_t most;
} model_scale;

static const model_scale model_input_scale[1] = {
    {3.910627216e-03f, -128, -128, 127}, /* input 0: int8 1x4x4x1 */
};
static const model_scale model_output_scale[1] = {
    {3.906250000e-03f, -128, -128, 127}, /* output 0: int8 1x3 */
};

/* What a tensor holds for a real number: rounded half away from zero and clamped, as TensorFlow
 * Lite's QUANTIZE does it. What is no number becomes the least value. */
static inline int32_t model_quantize(const model_scale *tensor, float real) {
  const float steps = real / tensor->scale;
  if (!(steps > (float)(tensor->least - tensor->zero_point))) {
    return tensor->least;
  }
  if (steps >= (float)(tensor->most - tensor->zero_point)) {
    return tensor->most;
  }
  const int32_t whole = (int32_t)steps;
  const float rest = steps - (float)whole;
  return whole + (rest >= 0.5f) - (rest <= -0.5f) + tensor->zero_point;
}

static inline float model_dequantize(const model_scale *tensor, int32_t value) {
  return (float)(value - tensor->zero_point) * tensor->scale;
}

/* Whether a tensor's first, middle and last value survive the way out and back: on this CPU, with
 * these compiler flags. */
static inline int model_scale_holds(const model_scale *tensor) {
  const int32_t values[3] = {tensor->least, tensor->zero_point, tensor->most};
  int holds = 1;
  for (int i = 0; i < 3 && tensor->least < tensor->most; i++) {
    holds &= model_quantize(tensor, model_dequantize(tensor, values[i])) == values[i];
  }
  return holds;
}

#endif
