/** A sign-in on a command line, which a person confirms by its code. */
import { useMutation } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";

export type DeviceSignIn = Schemas["DeviceSignIn"];

export function useDevice() {
  return useMutation({
    mutationFn: (user_code: string) => answer(api.GET("/api/auth/device", { params: { query: { user_code } } })),
  });
}

export function useDecideDevice() {
  return useMutation({
    mutationFn: (body: Schemas["DeviceDecision"]) => answer(api.POST("/api/auth/device/decision", { body })),
  });
}
