/* tiny for TensorFlow Lite Micro, made by tinydeploy from a .tflite with SHA-256 428bca98069c4160… */
#include "model_data.h"

const char td_model_name[] = "tiny";
const char td_model_sha256[] = "428bca98069c41608880a06d48387d61991007a58aa6ad2844b006b6f63d8ece";

const std::size_t td_input_bytes[1] = {16};

const td_layer_output td_layer_outputs[] = {
    {5, 8, true}, /* 0 CONV_2D */
    {6, 8, true}, /* 1 RESHAPE */
    {7, 3, true}, /* 2 FULLY_CONNECTED */
    {8, 3, true}, /* 3 SOFTMAX */
};

alignas(16) const unsigned char td_model_data[2152] = {
    0x20, 0x00, 0x00, 0x00, 0x54, 0x46, 0x4c, 0x33, 0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x20, 0x00,
    0x1c, 0x00, 0x18, 0x00, 0x14, 0x00, 0x10, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x04, 0x00,
    … 132 lines …
    0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03,
};
