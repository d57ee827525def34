/* As such pages are: SockJS to /chat-websocket, STOMP over it, messages to oneself under /user, what all hear under /topic, what one says
   under /app, and two REST calls with form parameters. */
(function () {
  "use strict";

  var stompClient = null;
  var element = function (id) { return document.getElementById(id); };

  function log(text) {
    var line = document.createElement("li");
    line.textContent = text;
    element("log").appendChild(line);
  }

  function setConnected(connected) {
    element("connect").disabled = connected;
    element("disconnect").disabled = !connected;
    element("send").querySelector("fieldset").disabled = !connected;
    element("status").textContent = connected ? "connected" : "not connected";
  }

  // A form, as jQuery's $.ajax sends it.
  function post(url, form, done) {
    var request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    request.onload = function () {
      if (request.status === 200) done(request.responseText);
      else log(url + " was answered with " + request.status + ": " + request.responseText);
    };
    request.send(Object.keys(form).map(function (name) {
      return encodeURIComponent(name) + "=" + encodeURIComponent(form[name]).replace(/%20/g, "+");
    }).join("&"));
  }

  function show(response) {
    log(JSON.parse(response.body).content);
  }

  function connect() {
    // ?transports=xhr-streaming,xhr-polling for those who want to see another one than WebSocket.
    var wanted = new URLSearchParams(location.search).get("transports");
    var socket = new SockJS("/chat-websocket", null, wanted ? { transports: wanted.split(",") } : {});
    stompClient = Stomp.over(socket);
    stompClient.debug = null;
    stompClient.connect({}, function () {
      setConnected(true);
      pullUnreadMessage("/topic/reply");
      stompClient.subscribe("/user/topic/reply", show);
      stompClient.subscribe("/topic/room", show);
    }, function (error) {
      setConnected(false);
      log("Disconnected: " + (error && error.headers ? error.headers.message : error));
    });
  }

  function disconnect() {
    stompClient.disconnect(function () { setConnected(false); });
  }

  function pullUnreadMessage(destination) {
    post("/wsTemplate/pullUnreadMessage", { destination: destination }, function (text) {
      var answer = JSON.parse(text);
      if (answer.code !== "200") log("Unread messages: " + answer.msg);
      (answer.result || []).forEach(function (item) { log(JSON.parse(item).content); });
    });
  }

  function content() {
    return JSON.stringify({ content: element("user").value + " say: " + element("message").value });
  }

  element("connect").addEventListener("click", connect);
  element("disconnect").addEventListener("click", disconnect);
  element("send").addEventListener("submit", function (event) {
    event.preventDefault();
    var receiver = element("receiver").value;
    if (event.submitter.id === "by-stomp") stompClient.send("/app/chat/" + receiver, {}, content());
    else if (event.submitter.id === "to-all") stompClient.send("/app/room", {}, content());
    else post("/wsTemplate/sendToUser", { receiver: receiver, msg: element("message").value }, function () {});
  });
})();
